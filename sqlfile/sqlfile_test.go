package sqlfile_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/DATA-DOG/go-sqlmock"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
	"github.com/moresql/moresql/sqlfile"
)

// folder returns a folder of files, with their names and texts alternating.
func folder(files ...string) fstest.MapFS {
	fs := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fs[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return fs
}

// load returns the statements of such a folder for PostgreSQL.
func load(t *testing.T, files ...string) *sqlfile.Statements {
	t.Helper()
	statements, err := sqlfile.Load(folder(files...), moresql.PostgreSQL)
	if err != nil {
		t.Fatal(err)
	}
	return statements
}

// open returns a MoreSQL whose database expects exactly the statements that are declared.
func open() (sqlmock.Sqlmock, *moresql.MoreSQL) {
	db, expect, err := sqlmock.New(sqlmock.QueryMatcherOption(sqlmock.QueryMatcherEqual))
	if err != nil {
		panic(err)
	}
	return expect, moresql.New(db)
}

func serve(h http.Handler, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
	return w
}

func TestStatementsBindParameters(t *testing.T) {
	files := load(t,
		"find.sql", "SELECT ':a', a::text -- :a\nFROM t WHERE a = :c OR b = :b OR c = :c OR a = :a",
		"cars/all.sql", "SELECT * FROM cars;",
		"cars/note.txt", "not SQL",
	)
	find := "SELECT ':a', a::text -- :a\nFROM t WHERE a = $1 OR b = $2 OR c = $1 OR a = $3"
	for _, test := range []struct {
		reason, name string
		params       []moresql.Param
		query        string
		bind         string
	}{{
		reason: "by name, whatever the order", name: "find",
		params: []moresql.Param{
			{Name: "a", In: true}, {Name: "b", In: true, Absent: true}, {Name: "c", In: true},
		},
		query: find, bind: "[2 1 0]",
	}, {
		reason: "without names, in the order of appearance", name: "find",
		params: []moresql.Param{{In: true}, {In: true}, {In: true}},
		query:  find, bind: "[0 1 2]",
	}, {
		reason: "a file in a folder", name: "cars/all",
		query: "SELECT * FROM cars", bind: "[]",
	}} {
		s, err := files.Statement(test.name, test.params)
		if err != nil || s.Query != test.query || fmt.Sprint(s.Bind) != test.bind {
			t.Errorf("%s: %q %v, %v\nwant %q %s",
				test.reason, s.Query, s.Bind, err, test.query, test.bind)
		}
	}
}

func TestStatementsRefuseOtherParameters(t *testing.T) {
	files := load(t, "get.sql", "SELECT :id", "all.sql", "SELECT 1")
	for _, test := range []struct {
		name    string
		params  []moresql.Param
		message string
	}{
		{name: "put", message: "there is no file put.sql"},
		{name: "get", message: "get.sql has 1 parameters (:id), and got 0 arguments"},
		{
			name: "all", params: []moresql.Param{{In: true}},
			message: "all.sql has no parameters, and got 1 argument",
		},
		{
			name: "get", params: []moresql.Param{{Name: "di", In: true}},
			message: "get.sql has a parameter :id, which no field is declared for",
		},
		{
			name: "get", params: []moresql.Param{{Name: "id", In: true, Out: true}},
			message: "a statement has no OUT parameters: leave Out and InOut out",
		},
	} {
		if _, err := files.Statement(test.name, test.params); fmt.Sprint(err) != test.message {
			t.Errorf("%s %+v: %v, want %s", test.name, test.params, err, test.message)
		}
	}
}

// A locked folder has a folder that nobody may read.
type locked struct{ fs.FS }

func (l locked) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == "a/locked" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return fs.ReadDir(l.FS, name)
}

// The error names every file that is no statement, and the others are read.
func TestLoadNamesTheFilesAndTheLines(t *testing.T) {
	s, err := sqlfile.Load(locked{folder("a/bad.sql", "SELECT\n 'open", "a/locked/x.sql", "SELECT 1",
		"b.sql", "", "c.sql", "SELECT 1")}, moresql.SQLite)
	if list := s.Catalog().Current().Routines(); len(list) != 1 || list[0].Name != "c" {
		t.Errorf("%v", list)
	}
	if err == nil || !strings.Contains(err.Error(), "a/locked: permission denied") ||
		!strings.Contains(err.Error(), "a/bad.sql: line 2") ||
		!strings.Contains(err.Error(), "b.sql: ") || strings.Contains(err.Error(), "c.sql") {
		t.Errorf("error = %v, want one that names the files and the line", err)
	}
}

// A statement of PostgreSQL runs in a session as a function does.
func TestSessionTakesStatements(t *testing.T) {
	expect, m := open()
	expect.ExpectBegin()
	expect.ExpectQuery("SELECT 1, set_config($1, $2, true), set_config($3, $4, true)").
		WithArgs("app.tenant", "ann", "role", "none").
		WillReturnRows(sqlmock.NewRows([]string{"1", "2", "3"}))
	expect.ExpectQuery("SELECT name FROM cars").
		WillReturnRows(sqlmock.NewRows([]string{"name"}).AddRow("2CV"))
	expect.ExpectCommit()
	expect.ExpectExec("CLOSE ALL; RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; UNLISTEN *; " +
		"SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES").
		WillReturnResult(sqlmock.NewResult(0, 0))
	files := load(t, "cars.sql", "SELECT name FROM cars")
	h := m.Handler("cars", moresql.CallBy(files),
		moresql.Session(func(*http.Request) (moresql.Settings, error) {
			return moresql.Settings{Values: map[string]string{"app.tenant": "ann"}}, nil
		}))
	w := serve(h, "/")
	if err := expect.ExpectationsWereMet(); w.Code != http.StatusOK || err != nil {
		t.Errorf("%d %s, %v", w.Code, w.Body, err)
	}
}

// A query can be filtered, and what is none, such as an UPDATE, is refused.
func TestOnlyQueriesAreFilterable(t *testing.T) {
	files := load(t, "cars.sql", "SELECT name FROM cars", "sell.sql", "UPDATE cars SET sold = true")
	for name, want := range map[string]bool{"cars": true, "sell": false, "missing": false} {
		traits := files.Describe(name)
		if traits.Relation != want || traits.Routine || traits.Dialect != moresql.PostgreSQL {
			t.Errorf("%s: %+v", name, traits)
		}
	}
}

// The comment of a routine is that at the head of its file.
func TestCatalogHasTheCommentsOfTheFiles(t *testing.T) {
	files := load(t, "one.sql", "-- One car\n--  by its id\n\n-- not this\nSELECT 1", "two.sql",
		"SELECT 2 -- a car", "three.sql", "\ufeff-- All cars\nSELECT 3")
	for name, want := range map[string]string{
		"one": "One car\nby its id", "two": "", "three": "All cars",
	} {
		if got := files.Catalog().Current().Named(name)[0].Comment; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestCatalogDescribesStatements(t *testing.T) {
	files := load(t, "find.sql", "SELECT :b, :a, :b", "sell.sql", "UPDATE cars SET sold = :sold")
	want := map[string]catalog.Volatility{
		"find(b DEFAULT …, a DEFAULT …)": catalog.Stable, "sell(sold DEFAULT …)": catalog.Volatile,
	}
	routines := files.Catalog().Current().Routines()
	for _, r := range routines {
		if volatility, ok := want[r.String()]; !ok || volatility != r.Volatility {
			t.Errorf("%s is %s", r, r.Volatility)
		}
	}
	if len(routines) != len(want) {
		t.Errorf("%d routines", len(routines))
	}
}

func ExampleLoad() {
	// An embed.FS or os.DirFS in a program.
	files := fstest.MapFS{"get_car.sql": {Data: []byte("SELECT * FROM cars WHERE id = :id")}}
	statements, err := sqlfile.Load(files, moresql.SQLite)
	if err != nil {
		fmt.Println(err)
		return
	}
	expect, m := open()
	expect.ExpectQuery("SELECT * FROM cars WHERE id = ?").
		WithArgs("7").WillReturnRows(sqlmock.NewRows([]string{"name"}).AddRow("2CV"))
	m = m.With(moresql.CallBy(statements))
	h := m.Handler("get_car", moresql.Fields("id"), moresql.Shape(row.One))
	fmt.Println(serve(h, "/?id=7").Body)
	// Output: {"name":"2CV"}
}

func ExampleStatements() {
	files := fstest.MapFS{"find.sql": {Data: []byte("SELECT * FROM t WHERE a = :a OR b = :a")}}
	statements, err := sqlfile.Load(files, moresql.PostgreSQL)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := statements.Statement("find", []moresql.Param{{Name: "a", In: true}})
	fmt.Println(s.Query, s.Bind, err)
	// Output: SELECT * FROM t WHERE a = $1 OR b = $1 [0] <nil>
}

func ExampleStatements_Describe() {
	files := fstest.MapFS{
		"cars.sql": {Data: []byte("SELECT * FROM cars")},
		"sell.sql": {Data: []byte("UPDATE cars SET sold = :sold")},
	}
	statements, err := sqlfile.Load(files, moresql.SQLite)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"cars", "sell"} {
		traits := statements.Describe(name)
		fmt.Println(name, "for", traits.Dialect, "filterable:", traits.Relation)
	}
	// Output:
	// cars for SQLite filterable: true
	// sell for SQLite filterable: false
}

// All statements of a folder are served by their names.
func ExampleStatements_Catalog() {
	files := fstest.MapFS{"add.sql": {Data: []byte("SELECT :a + :b AS sum")}}
	statements, err := sqlfile.Load(files, moresql.SQLite)
	if err != nil {
		fmt.Println(err)
		return
	}
	expect, m := open()
	expect.ExpectQuery("SELECT ? + ? AS sum").
		WithArgs("40", "2").WillReturnRows(sqlmock.NewRows([]string{"sum"}).AddRow(42))
	h := rest.Routines(m.With(moresql.CallBy(statements)), statements.Catalog())
	fmt.Println(serve(h, "/add?b=2&a=40").Body)
	// Output: [{"sum":42}]
}

// Editors keep files of their own next to those that are edited, such as Emacs's .#get.sql, a link
// that leads nowhere, and Kubernetes has the files of a ConfigMap once more in ..data. What is
// neither a file nor a folder may have no end.
func TestLoadReadsFilesOnly(t *testing.T) {
	files := folder("get.sql", "SELECT 1", ".#get.sql", "me@host", ".git/x.sql", "no SQL: ?",
		"..data/get.sql", "SELECT 1")
	s, err := sqlfile.Load(files, moresql.PostgreSQL)
	if err != nil {
		t.Fatal(err)
	}
	if list := s.Catalog().Current().Routines(); len(list) != 1 || list[0].Name != "get" {
		t.Errorf("%v", list)
	}
	dir := t.TempDir()
	for name, to := range map[string]string{"a.sql": os.DevNull, "b.sql": "nowhere", "c.sql": dir} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	_, err = sqlfile.Load(os.DirFS(dir), moresql.PostgreSQL)
	for _, want := range []string{"a.sql: not a file", "b.sql: ", "c.sql: not a file"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not have %q", err, want)
		}
	}
}
