package main

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moresql/moresql/cmd/moresql/internal/database"
	"github.com/moresql/moresql/internal/mariadbtest"
	"github.com/moresql/moresql/internal/pgtest"
)

// An importPlace is a database with an empty table and a routine of its own.
type importPlace struct {
	name, uri string
	db        *sql.DB
	table     string
}

// importPlaces creates in each database a table, whose columns are %s after its name.
func importPlaces(t *testing.T, table, columns string) []importPlace {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cars.db")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	places := []importPlace{
		{name: "PostgreSQL", uri: pgtest.URI(t)},
		{name: "MariaDB", uri: mariadbtest.URI(t)},
		{name: "SQLite", uri: "sqlite:" + file},
	}
	for i := range places {
		p := &places[i]
		where, err := database.Locate("MORESQL_DATABASE_URI", p.uri)
		if err != nil {
			t.Fatal(err)
		}
		p.db, p.table = sql.OpenDB(where.Connector), table
		t.Cleanup(func() {
			p.db.Exec("DROP TABLE " + table)
			p.db.Close()
		})
		if _, err := p.db.Exec("CREATE TABLE " + table + " " + columns); err != nil {
			t.Fatal(p.name, err)
		}
	}
	return places
}

// importPostgres returns a place in PostgreSQL for a table that does not exist yet. drop removes
// what a test creates there.
func importPostgres(t *testing.T, table, drop string) importPlace {
	t.Helper()
	uri := pgtest.URI(t)
	p := importPlace{uri: uri, table: table, db: connect(t, uri)}
	t.Cleanup(func() { mustExec(t, p.db, drop) })
	mustExec(t, p.db, drop)
	return p
}

// run runs import in the process of the test and returns the exit status and all that it prints.
func (p importPlace) run(t *testing.T, stdin string, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	environ := []string{"MORESQL_DATABASE_URI=" + p.uri}
	status := process{environ, strings.NewReader(stdin), &out, &out}.run(t.Context(),
		append([]string{"import"}, args...))
	return status, out.String()
}

// rows returns the rows of the table as text, in the order of the first column.
func (p importPlace) rows(t *testing.T, columns string) string {
	t.Helper()
	rows, err := p.db.Query("SELECT " + columns + " FROM " + p.table + " ORDER BY 1")
	if err != nil {
		t.Fatal(p.name, err)
	}
	defer rows.Close()
	names, _ := rows.Columns()
	var b strings.Builder
	for rows.Next() {
		values, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(p.name, err)
		}
		for i, v := range values {
			if i > 0 {
				b.WriteByte('|')
			}
			if v.Valid {
				b.WriteString(v.String)
			} else {
				b.WriteString("NULL")
			}
		}
		b.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		t.Fatal(p.name, err)
	}
	return b.String()
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const importColumns = "(id int PRIMARY KEY, name varchar(40), price decimal(10,2))"

// What is expected is what the databases themselves show of the values that stand in the input.
func TestImportReadsEveryFormAlike(t *testing.T) {
	for _, p := range importPlaces(t, "import_forms", importColumns) {
		for _, test := range []struct {
			name, file, text string
			args             []string
		}{
			{name: "CSV", file: "a.csv", text: "id,name,price\n1,\"a, \"\"b\"\"\",1.25\n2,,2.75\n3,\"\",\n"},
			{
				name: "the dialect of Excel", file: "a.csv",
				text: "\ufeffID;Name;Price\r\n1;\"a, \"\"b\"\"\";1.25\r\n2;;2.75\r\n3;\"\";\r\n",
			},
			{
				name: "tabs and single quotes", file: "a.tsv",
				text: "'id'\t'name'\t'price'\n1\t'a, \"b\"'\t1.25\n2\t\t2.75\n3\t''\t\n",
				args: []string{"-delimiter", "tab", "-quote", "'"},
			},
			{
				name: "no header", file: "a.csv", text: "1,\"a, \"\"b\"\"\",1.25\n2,,2.75\n3,\"\",\n",
				args: []string{"-header", "no"},
			},
			{name: "no header, found out", file: "a.csv",
				text: "1,\"a, \"\"b\"\"\",1.25\n2,,2.75\n3,\"\",\n"},
			{
				name: "columns by flags", file: "a.csv",
				text: "2.75,2,-\n1.25,1,\"a, \"\"b\"\"\"\n-,3,\"\"\n",
				args: []string{"-columns", "p,id,name", "-map", "p=price", "-null", "-"},
			},
			{
				name: "a column left out", file: "a.csv",
				text: "id,name,price,color\n1,\"a, \"\"b\"\"\",1.25,x\n2,,2.75,y\n3,\"\",,z\n",
				args: []string{"-map", "color="},
			},
			{
				name: "a column without a name", file: "a.csv",
				text: ",id,name,price\n0,1,\"a, \"\"b\"\"\",1.25\n1,2,,2.75\n2,3,\"\",\n",
				args: []string{"-map", "="},
			},
			{name: "NDJSON", file: "a.ndjson", text: `{"id":1,"name":"a, \"b\"","price":1.25}` + "\n" +
				`{"price":2.75,"id":2}` + "\n" + `{"id":3,"name":"","price":null}` + "\n"},
			{name: "NDJSON of another name", file: "a.csv", text: `{"id":1,"name":"a, \"b\"","price":1.25}` +
				"\n" + `{"price":2.75,"id":2}` + "\n" + `{"id":3,"name":"","price":null}` + "\n",
				args: []string{"-format", "ndjson"}},
			{name: "CSV of another name", file: "a.ndjson",
				text: "id,name,price\n1,\"a, \"\"b\"\"\",1.25\n2,,2.75\n3,\"\",\n",
				args: []string{"-format", "csv"}},
			{
				name: "names that look like a row", file: "a.csv",
				text: "7,8,9\n1,\"a, \"\"b\"\"\",1.25\n2,,2.75\n3,\"\",\n",
				args: []string{"-header", "yes", "-columns", "id,name,price"},
			},
			{name: "an array", file: "a.json", text: `[{"id":1,"name":"a, \"b\"","price":1.25},
				{"id":2,"name":null,"price":2.75}, {"id":3,"name":""}]`},
			{name: "UTF-16", file: "a.csv",
				text: utf16LE("id,name,price\n1,\"a, \"\"b\"\"\",1.25\n2,,2.75\n3,\"\",\n")},
		} {
			if _, err := p.db.Exec("DELETE FROM " + p.table); err != nil {
				t.Fatal(err)
			}
			file := writeFile(t, test.file, test.text)
			args := append([]string{file, "-into", p.table}, test.args...)
			status, out := p.run(t, "", args...)
			want := "1|a, \"b\"|1.25\n2|NULL|2.75\n3||NULL\n"
			if got := p.rows(t, "id, name, price"); status != 0 || got != want {
				t.Errorf("%s, %s: status %d\n%s\n%s", p.name, test.name, status, out, got)
			}
		}
	}
}

func utf16LE(text string) string {
	b := []byte{0xff, 0xfe}
	for _, r := range text {
		b = append(b, byte(r), byte(r>>8))
	}
	return string(b)
}

func TestImportDoesWithWhatIsThereAsItIsTold(t *testing.T) {
	const csv = "id,name,price\n1,same,1.00\n2,new price,2.50\n4,added,4.00\n4,again,4.50\n"
	const before = "1|same\n2|old\n3|kept\n"
	for _, p := range importPlaces(t, "import_there", importColumns) {
		for _, test := range []struct {
			args   []string
			status int
			want   string   // the table
			says   []string // parts of the output
		}{
			{nil, 1, before, []string{"line 2"}},
			{[]string{"-key", "id"}, 1, before, []string{
				"2 rows of the input are in", "1 of them with other values", "1 repeat the key",
				`name "old" → "new price"`, "nothing is imported"}},
			{[]string{"-key", "id", "-existing", "skip"}, 0, before + "4|added\n", nil},
			{[]string{"-key", "id", "-existing", "update"}, 0,
				"1|same\n2|new price\n3|kept\n4|again\n", []string{"1  changed", "1  new", "1  identical"}},
			{[]string{"-key", "id", "-existing", "update", "-dry-run"}, 0, before,
				[]string{"dry run", "1  changed", "1  new", "1  identical", `"old" → "new price"`}},
			{[]string{"-key", "name"}, 1, before, []string{"-key must be", "-key id"}},
			{[]string{"-existing", "skip"}, 1, before, []string{"add -key", "-key id"}},
		} {
			for _, text := range []string{"DELETE FROM " + p.table, "INSERT INTO " + p.table +
				" VALUES (1, 'same', 1.00), (2, 'old', 2.50), (3, 'kept', 3.00)"} {
				if _, err := p.db.Exec(text); err != nil {
					t.Fatal(err)
				}
			}
			file := writeFile(t, "cars.csv", csv)
			status, out := p.run(t, "", append([]string{file, "-into", p.table}, test.args...)...)
			if got := p.rows(t, "id, name"); status != test.status || got != test.want {
				t.Errorf("%s, %q: status %d\n%s\n%s", p.name, test.args, status, out, got)
			}
			for _, text := range test.says {
				if !strings.Contains(out, text) {
					t.Errorf("%s, %q: no %q in\n%s", p.name, test.args, text, out)
				}
			}
		}
	}
}

func TestImportWritesNothingOfAFileWithABadValue(t *testing.T) {
	const csv = "id,name,price\n1,good,1.00\nx,bad,2.00\n3," +
		"much longer than the forty letters that it holds,3.00\n4,\xff,4\n"
	for _, p := range importPlaces(t, "import_bad", importColumns) {
		file := writeFile(t, "cars.csv", csv)
		status, out := p.run(t, "", file, "-into", p.table, "-encoding", "utf-8")
		if got := p.rows(t, "id"); status != 1 || got != "" {
			t.Errorf("%s: status %d\n%s", p.name, status, got)
		}
		for _, text := range []string{"line 3, column id: ", "line 5, column name: the byte 0xFF"} {
			if !strings.Contains(out, text) {
				t.Errorf("%s: no %q in\n%s", p.name, text, out)
			}
		}
		rejects := filepath.Join(t.TempDir(), "rejects.csv")
		status, out = p.run(t, "", file, "-into", p.table, "-rejects", rejects, "-encoding", "utf-8")
		if got := p.rows(t, "id"); status != 1 || !strings.HasPrefix(got, "1\n") {
			t.Errorf("%s: status %d\n%s\n%s", p.name, status, out, got)
		}
		text, err := os.ReadFile(rejects)
		if err != nil || !strings.HasPrefix(string(text), "line,column,reason,id,name,price\n") ||
			!strings.Contains(string(text), "\n3,") || !strings.Contains(string(text), "\n5,name,") {
			t.Errorf("%s: %v\n%s", p.name, err, text)
		}
	}
}

func TestImportSaysWhatColumnIsMeant(t *testing.T) {
	p := importPlaces(t, "import_hints", importColumns)[0]
	file := writeFile(t, "cars.csv", "id,nmae\n1,a\n")
	status, out := p.run(t, "", file, "-into", p.table)
	if status != 1 || !strings.Contains(out, `(perhaps name): map it by -map "nmae=name"`) {
		t.Errorf("status %d: %s", status, out)
	}
	if status, out = p.run(t, "", file, "-into", "import_hint"); status != 1 ||
		!strings.Contains(out, "perhaps import_hints") {
		t.Errorf("status %d: %s", status, out)
	}
}

// A routine of each row, in one transaction: a bad row undoes the others.
func TestImportCallsARoutineWithEachRow(t *testing.T) {
	places := importPlaces(t, "import_calls", importColumns)
	for i, create := range []string{
		`CREATE OR REPLACE FUNCTION add_import(id int, name text) RETURNS void LANGUAGE sql
			AS 'INSERT INTO import_calls VALUES (id, name)'`,
		`CREATE OR REPLACE PROCEDURE add_import(id int, name text)
			INSERT INTO import_calls (id, name) VALUES (id, name)`,
	} {
		p := places[i]
		if _, err := p.db.Exec(create); err != nil {
			t.Fatal(p.name, err)
		}
		const csv = "id,name\n1,a\n2,b\n"
		if status, out := p.run(t, csv, "-", "-call", "add_import"); status != 0 {
			t.Errorf("%s: status %d\n%s", p.name, status, out)
		}
		status, out := p.run(t, "id,name\n3,a\n1,b\n", "-", "-call", "add_import")
		if status != 1 || !strings.Contains(out, "line 3: ") {
			t.Errorf("%s: status %d\n%s", p.name, status, out)
		}
		if got := p.rows(t, "id, name"); got != "1|a\n2|b\n" {
			t.Errorf("%s: %s", p.name, got)
		}
	}
}

func TestImportMisunderstands(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "name one file"},
		{[]string{"a.csv"}, "-into or a routine"},
		{[]string{"a.csv", "-into", "a", "-format", "xml"}, "-format must be"},
		{[]string{"a.csv", "-into", "a", "-encoding", "ebcdic"}, "-encoding must be"},
		{[]string{"a.csv", "-into", "a", "-header", "maybe"}, "-header must be"},
		{[]string{"a.csv", "-into", "a", "-existing", "drop"}, "-existing must be"},
		{[]string{"a.csv", "-into", "a", "-batch", "-1"}, "-batch must be"},
		{[]string{"a.csv", "-into", "a", "-again"}, "-again is for -batch"},
		{[]string{"a.csv", "-into", "a", "-delimiter", "ab"}, "-delimiter must be"},
		{[]string{"a.csv", "-into", "a", "-map", "x"}, "write the name in the file"},
		{[]string{"a.csv", "-into", "a", "-existing", "report"}, "needs -rejects"},
	} {
		var out bytes.Buffer
		status := process{nil, nil, &out, &out}.run(t.Context(), append([]string{"import"}, test.args...))
		if status != 2 || !strings.Contains(out.String(), test.want) {
			t.Errorf("%q: status %d, %s", test.args, status, &out)
		}
	}
}
