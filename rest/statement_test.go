package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

// What the statements of f begin with, and what queries its columns.
const (
	fromF      = `FROM (SELECT * FROM f()) AS t`
	columnsOfF = `SELECT t.* ` + fromF + ` LIMIT $1::bigint`
	setOfF     = `SELECT 1, set_config($1, $2, true), set_config($3, $4, true), ` +
		`set_config($5, $6, true), set_config($7, $8, true), ` +
		`set_config($9, $10, true), set_config($11, $12, true)`
	responseOfF = `pg_catalog.current_setting('response.status', true), ` +
		`pg_catalog.current_setting('response.headers', true), `
)

// Options stack into one view: one statement has what all of them want, whatever their order.
func TestStatementsOfViews(t *testing.T) {
	query, settings, page := rest.Query(), rest.HTTPSettings(), rest.MaxPage(2)
	sqlite := moresql.CallBy(moresql.Function{Dialect: moresql.SQLite})
	procedure := moresql.CallBy(moresql.Procedure{})
	count := []string{"Prefer", "count=exact"}
	list := func(options ...moresql.Option) []moresql.Option { return options }
	inTx := func(statement string) []string {
		return []string{"begin read only false", setOfF, statement, "rollback"}
	}
	countedF := `WITH r AS MATERIALIZED (SELECT t.* ` + fromF + `) SELECT c.n, ` +
		`p.* FROM (SELECT pg_catalog.count(*) AS n FROM r) AS c ` +
		`LEFT JOIN LATERAL (SELECT true, t."n" FROM r AS t%s) AS p ON true`
	withSettings := func(inner string) string {
		return `SELECT ` + responseOfF + `p.* FROM (SELECT 1) AS c LEFT JOIN LATERAL (` + inner +
			`) AS p ON true`
	}
	for _, test := range []struct {
		reason  string
		options []moresql.Option
		query   string // of the request
		header  []string
		want    []string
		args    string // of the last statement
	}{{
		reason: "nothing is requested", options: list(query),
		want: []string{"SELECT * FROM f()"}, args: "[]",
	}, {
		reason: "a part", options: list(query),
		query: "select=a:n&n=gt.1&order=n.desc&limit=2&offset=1",
		want: []string{columnsOfF, `SELECT t."n" ` + fromF +
			` WHERE t."n" > $1 ORDER BY t."n" DESC LIMIT $2::bigint OFFSET $3::bigint`},
		args: "[1 2 1]",
	}, {
		reason: "a limit of a page", options: list(page),
		want: []string{columnsOfF, `SELECT t."n" ` + fromF + ` LIMIT $1::bigint`}, args: "[2]",
	}, {
		reason: "less than a page", options: list(page), query: "limit=1",
		want: []string{columnsOfF, `SELECT t."n" ` + fromF + ` LIMIT $1::bigint`}, args: "[1]",
	}, {
		reason: "one row needs no page", options: list(page, moresql.Shape(row.One)),
		want: []string{"SELECT * FROM f()"}, args: "[]",
	}, {
		reason: "a count", options: list(query), header: count,
		want: []string{columnsOfF, fmt.Sprintf(countedF, "")}, args: "[]",
	}, {
		reason: "a count of pages", options: list(page, query), header: count,
		want: []string{columnsOfF, fmt.Sprintf(countedF, " LIMIT $1::bigint")}, args: "[2]",
	}, {
		reason: "SQLite", options: list(sqlite, query), query: "limit=1",
		want: []string{
			`SELECT t.* ` + fromF + ` LIMIT ?`, `SELECT t."n" ` + fromF + ` LIMIT ?`,
		},
		args: "[1]",
	}, {
		reason: "settings", options: list(settings), args: "[]",
		want: inTx(withSettings(`SELECT true, t.* ` + fromF)),
	}, {
		reason: "settings leave the query of the request alone", options: list(settings),
		query: "limit=1", args: "[]",
		want: inTx(withSettings(`SELECT true, t.* ` + fromF)),
	}, {
		reason: "settings and a page", options: list(settings, page), args: "[2]",
		want: append(inTx(columnsOfF), inTx(withSettings(
			`SELECT true, t."n" `+fromF+` LIMIT $1::bigint`))...),
	}, {
		reason: "a page and settings", options: list(page, settings), args: "[2]",
		want: append(inTx(columnsOfF), inTx(withSettings(
			`SELECT true, t."n" `+fromF+` LIMIT $1::bigint`))...),
	}, {
		reason: "all of them", options: list(query, settings, page), header: count, args: "[2]",
		want: append(inTx(columnsOfF), inTx(strings.Replace(
			fmt.Sprintf(countedF, " LIMIT $1::bigint"), "c.n, ", "c.n, "+responseOfF, 1))...),
	}, {
		reason: "a CALL cannot stand in a FROM", options: list(procedure, settings), args: "[]",
		want: []string{"begin read only false", setOfF, "CALL f()",
			`SELECT current_setting('response.status', true), ` +
				`current_setting('response.headers', true)`, "commit"},
	}} {
		fake := &fakedb.DB{Can: fakedb.Modern}
		m := moresql.New(fake.Open(t), quiet)
		h := m.Handler("f", test.options...)
		serve(h, get("/?"+test.query, test.header...))
		var want []string
		for _, text := range test.want {
			if text != "begin read only false" && text != "rollback" && text != "commit" {
				text = "query " + text
			}
			want = append(want, text)
		}
		if log := fake.Log(); log != strings.Join(want, ", ") {
			t.Errorf("%s:\n%s, want\n%s", test.reason, log, strings.Join(want, ", "))
		}
		sent, args := fake.Args(), []any{}
		for _, a := range sent[len(sent)-1] {
			args = append(args, a.Value)
		}
		if got := fmt.Sprint(args); got != test.args {
			t.Errorf("%s: arguments %s, want %s", test.reason, got, test.args)
		}
	}
}

// The columns are queried once, and again after an error that may come from their
// having changed.
func TestColumnsAreQueriedOnce(t *testing.T) {
	statement := `SELECT t."n" ` + fromF + ` LIMIT $1::bigint`
	fake := &fakedb.DB{Can: fakedb.Modern, Results: map[string]fakedb.Result{}}
	h := moresql.New(fake.Open(t), quiet).Handler("f", rest.Query())
	for _, test := range []struct {
		reason string
		err    error
		status int
		want   string
	}{
		{reason: "at first", status: 200, want: columnsOfF + ", " + statement},
		{reason: "then no more", status: 200, want: statement},
		{reason: "an error of a value", err: sqlState("22P02"), status: 400, want: statement},
		{reason: "keeps them", status: 200, want: statement},
		{reason: "a column is gone", err: sqlState("42703"), status: 400, want: statement},
		{reason: "forgets them", status: 200, want: columnsOfF + ", " + statement},
		{reason: "a plan is void", err: sqlState("0A000"), status: 500, want: statement},
		{reason: "forgets them, too", status: 200, want: columnsOfF + ", " + statement},
	} {
		fake.Results = map[string]fakedb.Result{}
		if test.err != nil {
			fake.Results[statement] = fakedb.Result{Err: test.err}
		}
		w := serve(h, get("/?limit=1"))
		log := strings.ReplaceAll(fake.Log(), "query ", "")
		if log != test.want || w.Code != test.status {
			t.Errorf("%s: %d %q, want %d %q", test.reason, w.Code, log, test.status, test.want)
		}
	}
}

// sqlState is an error that has only a code.
type sqlState string

func (s sqlState) Error() string    { return string(s) }
func (s sqlState) SQLState() string { return string(s) }
