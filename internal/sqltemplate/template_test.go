package sqltemplate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/dialect"
)

func ExampleTemplate_Statement() {
	const text = "SELECT :id, ':no' FROM cars WHERE id = :id OR owner = :owner;"
	for _, d := range []*dialect.Dialect{dialect.PostgreSQL, dialect.SQLite} {
		t, err := Parse(d, text)
		if err != nil {
			panic(err)
		}
		query, bind := t.Statement()
		fmt.Println(query, t.Params, bind)
	}
	// Output:
	// SELECT $1, ':no' FROM cars WHERE id = $1 OR owner = $2 [id owner] [0 1]
	// SELECT ?, ':no' FROM cars WHERE id = ? OR owner = ? [id owner] [0 0 1]
}

func TestParseFindsTheParameters(t *testing.T) {
	for _, of := range cases {
		for _, c := range of.parsed {
			tm, err := Parse(of.d, c.in)
			if err != nil {
				t.Errorf("%v %q (%s): %v", of.d, c.in, c.why, err)
				continue
			}
			query, _ := tm.Statement()
			if query != c.query || !slices.Equal(tm.Params, strings.Fields(c.params)) {
				t.Errorf("%v %q (%s): got %q %q; want %q %q",
					of.d, c.in, c.why, query, tm.Params, c.query, c.params)
			}
		}
	}
}

func TestStatementBindsNumberedParametersOnce(t *testing.T) {
	for d, want := range map[*dialect.Dialect]string{
		dialect.PostgreSQL: "[0 1]", dialect.SQLServer: "[0 1]",
		dialect.MySQL: "[0 1 0]", dialect.SQLite: "[0 1 0]",
	} {
		tm, err := Parse(d, "SELECT :b, :a, :b")
		if err != nil {
			t.Fatal(err)
		}
		_, bind := tm.Statement()
		if got := fmt.Sprint(bind); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
		clear(bind)
		if _, again := tm.Statement(); fmt.Sprint(again) != want {
			t.Errorf("%v: a change to bind reached the template", d)
		}
	}
}

func TestParseSaysWhereAStatementIsWrong(t *testing.T) {
	for _, of := range cases {
		for _, c := range of.refused {
			_, err := Parse(of.d, c.in)
			var e *Error
			if !errors.As(err, &e) {
				t.Errorf("%v %q: got %v, want an *Error", of.d, c.in, err)
				continue
			}
			at := fmt.Sprintf("%d:%d", e.Line, e.Column)
			if at != c.at || !strings.Contains(e.Reason, c.want) {
				t.Errorf("%v %q: got %v; want %q at %s", of.d, c.in, err, c.want, c.at)
			}
		}
	}
}

func TestIsQueryLooksAtTheFirstWord(t *testing.T) {
	for text, want := range map[string]bool{
		"SELECT 1": true, "-- why\n/* so */ select :a": true, "VALUES (1)": true,
		"INSERT INTO t SELECT 1": false, "selected": false, "(SELECT 1)": false,
		"WITH x AS (DELETE FROM t RETURNING a) SELECT * FROM x": false,
	} {
		template, err := Parse(dialect.PostgreSQL, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := template.IsQuery(); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestParseRefusesAnUnknownDialect(t *testing.T) {
	if _, err := Parse(dialect.At(9), "SELECT 1"); err == nil {
		t.Error("no error")
	}
}
