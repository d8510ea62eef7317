package sqltemplate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/dialect"
)

// What a dialect reads as string, name or comment was tried with PostgreSQL 15, MariaDB 10.11 and
// SQLite 3.40; SQL Server follows its documentation. These rows are also the seeds of FuzzParse.
var statements = []struct {
	d         *dialect.Dialect
	in, query string
	params    string // names, with a space between
	why       string
}{
	{dialect.PostgreSQL, "SELECT :a", "SELECT $1", "a", "a parameter"},
	{dialect.PostgreSQL, "SELECT :b, :a, :b", "SELECT $1, $2, $1", "b a", "bound once, numbered by first appearance"},
	{dialect.PostgreSQL, "SELECT :_a1, :straße", "SELECT $1, $2", "_a1 straße", "names"},
	{dialect.PostgreSQL, "SELECT 1", "SELECT 1", "", "no parameter"},
	{dialect.PostgreSQL, ":a", "$1", "a", "first and last"},
	{dialect.PostgreSQL, " \n\tSELECT 1\r\n ; \n-- end", "SELECT 1", "", "space, semicolon and what follows left out"},
	{dialect.PostgreSQL, "-- get_car.sql\nSELECT 1 -- one", "-- get_car.sql\nSELECT 1 -- one", "", "comments stay"},
	{dialect.PostgreSQL, "\uFEFFSELECT 1", "SELECT 1", "", "byte order mark"},
	{dialect.PostgreSQL, "SELECT ':no', 'it''s :no', :a", "SELECT ':no', 'it''s :no', $1", "a", "strings"},
	{dialect.PostgreSQL, `SELECT '\', :a, '\'`, `SELECT '\', $1, '\'`, "a", "a backslash does not escape"},
	{dialect.PostgreSQL, `SELECT E'\':no', e'\\', :a`, `SELECT E'\':no', e'\\', $1`, "a", "but in E'' it does"},
	{dialect.PostgreSQL, `SELECT type'\', :a, '\'`, `SELECT type'\', $1, '\'`, "a", "a word that ends in e announces nothing"},
	{dialect.PostgreSQL, "SELECT E'a'\n'\\':no', :a", "SELECT E'a'\n'\\':no', $1", "a", "E'' goes on in the next line"},
	{dialect.PostgreSQL, "SELECT E'a' -- '\n  '\\':no', :a", "SELECT E'a' -- '\n  '\\':no', $1", "a", "with a comment between"},
	{dialect.PostgreSQL, "SELECT E'a' '\\', :a, '\\'", "SELECT E'a' '\\', $1, '\\'", "a", "without a newline it does not"},
	{dialect.PostgreSQL, "SELECT 'a'\n'\\', :a, '\\'", "SELECT 'a'\n'\\', $1, '\\'", "a", "an ordinary string goes on as one"},
	{dialect.PostgreSQL, `SELECT U&'\0061:no\', :a`, `SELECT U&'\0061:no\', $1`, "a", "U&'' does not end in an escaped quote"},
	{dialect.PostgreSQL, "SELECT N':n', B'01', X'ff', :a", "SELECT N':n', B'01', X'ff', $1", "a", "other prefixes"},
	{dialect.PostgreSQL, `SELECT ":no"":no", :a`, `SELECT ":no"":no", $1`, "a", "quoted identifier"},
	{dialect.PostgreSQL, "SELECT 1 AS \"a\n:no\", :a", "SELECT 1 AS \"a\n:no\", $1", "a", "over two lines"},
	{dialect.PostgreSQL, "SELECT ` :a", "SELECT ` $1", "a", "a backtick is an operator's character"},
	{dialect.PostgreSQL, "SELECT 1 -- :no '\n, :a", "SELECT 1 -- :no '\n, $1", "a", "line comment"},
	{dialect.PostgreSQL, "SELECT 1 -- :no\r, :a", "SELECT 1 -- :no\r, $1", "a", "ended by a carriage return"},
	{dialect.PostgreSQL, "SELECT 1 +-- :no\n:a", "SELECT 1 +-- :no\n$1", "a", "behind an operator"},
	{dialect.PostgreSQL, "SELECT /* ' :no */ :a", "SELECT /* ' :no */ $1", "a", "block comment"},
	{dialect.PostgreSQL, "SELECT /* /* */ :no */ :a", "SELECT /* /* */ :no */ $1", "a", "they nest"},
	{dialect.PostgreSQL, "SELECT /*/ :no */ :a", "SELECT /*/ :no */ $1", "a", "/*/ does not close itself"},
	{dialect.PostgreSQL, "SELECT 1*/* :no */:a", "SELECT 1*/* :no */$1", "a", "behind an operator"},
	{dialect.PostgreSQL, "SELECT $$:no ' $$, :a", "SELECT $$:no ' $$, $1", "a", "dollar quotes"},
	{dialect.PostgreSQL, "SELECT $t$ $$ :no; $t$, :a", "SELECT $t$ $$ :no; $t$, $1", "a", "with a tag"},
	{dialect.PostgreSQL, "SELECT $é$ :no $é$, :a", "SELECT $é$ :no $é$, $1", "a", "of any letters"},
	{dialect.PostgreSQL, "SELECT 1 AS a$b$, :a, 2 AS c$b$", "SELECT 1 AS a$b$, $1, 2 AS c$b$", "a", "no dollar quote within a name"},
	{dialect.PostgreSQL, "SELECT x.a$1, :a", "SELECT x.a$1, $1", "a", "no placeholder within a name"},
	{dialect.PostgreSQL, "SELECT :a::int, x::int, x :: int", "SELECT $1::int, x::int, x :: int", "a", "casts"},
	{dialect.PostgreSQL, "SELECT f(x := :a)", "SELECT f(x := $1)", "a", "named argument"},
	{dialect.PostgreSQL, "SELECT a[1:2], a[i:n], a[:2], a[f(x):n], a[b[1]:n]", "SELECT a[1:2], a[i:n], a[:2], a[f(x):n], a[b[1]:n]", "", "slices"},
	{dialect.PostgreSQL, "SELECT a[:i], a[i: :n], a[:i:n]", "SELECT a[$1], a[i: $2], a[$1:n]", "i n", "slices with parameters"},
	{dialect.PostgreSQL, "SELECT a[:i::int: :n]", "SELECT a[$1::int: $2]", "i n", "and a cast"},
	{dialect.PostgreSQL, `SELECT JSON_OBJECT('k':v, "k":v, 'p': :p)`, `SELECT JSON_OBJECT('k':v, "k":v, 'p': $1)`, "p", "JSON keys"},
	{dialect.PostgreSQL, "SELECT j ? 'a', j ?| :a, j @? '$.a'", "SELECT j ? 'a', j ?| $1, j @? '$.a'", "a", "jsonb operators"},
	{dialect.PostgreSQL, "SELECT x=:a, x<:b, -:c, (:d), @:e", "SELECT x=$1, x<$2, -$3, ($4), @$5", "a b c d e", "directly behind an operator"},
	{dialect.PostgreSQL, "SELECT 1e5, 1.5, .5, :a", "SELECT 1e5, 1.5, .5, $1", "a", "numbers"},
	{dialect.PostgreSQL, "SELECT 1 AS naïve, :a", "SELECT 1 AS naïve, $1", "a", "names of any letters"},
	{dialect.PostgreSQL, "SELECT [:a", "SELECT [$1", "a", "a bracket quotes nothing"},
	{dialect.PostgreSQL, "SELECT $ :a", "SELECT $ $1", "a", "a lone dollar sign is the server's to refuse"},

	{dialect.MySQL, "SELECT :b, :a, :b", "SELECT ?, ?, ?", "b a", "bound each time"},
	{dialect.MySQL, `SELECT 'it\'s :no', "\":no", '\\', :a`, `SELECT 'it\'s :no', "\":no", '\\', ?`, "a", "a backslash escapes"},
	{dialect.MySQL, `SELECT N'\':no', _utf8'\':no', :a`, `SELECT N'\':no', _utf8'\':no', ?`, "a", "after a prefix too"},
	{dialect.MySQL, `SELECT 'a'':no', "a"":no", :a`, `SELECT 'a'':no', "a"":no", ?`, "a", "doubled quotes"},
	{dialect.MySQL, "SELECT 1 AS `:no``\\`, :a", "SELECT 1 AS `:no``\\`, ?", "a", "quoted identifier, no escapes"},
	{dialect.MySQL, "SELECT 1 # :no '\n, :a", "SELECT 1 # :no '\n, ?", "a", "# begins a comment"},
	{dialect.MySQL, "SELECT 1 AS a#b :no\n, :a", "SELECT 1 AS a#b :no\n, ?", "a", "behind a name as well"},
	{dialect.MySQL, "SELECT 1 -- :no\n, :a", "SELECT 1 -- :no\n, ?", "a", "-- and a space begin one"},
	{dialect.MySQL, "SELECT 1--\n+ :a --", "SELECT 1--\n+ ? --", "a", "-- and a newline or the end as well"},
	{dialect.MySQL, "SELECT 1--:a", "SELECT 1--?", "a", "else they are two minus signs"},
	{dialect.MySQL, "SELECT 1 -- \r:no\n, :a", "SELECT 1 -- \r:no\n, ?", "a", "a carriage return does not end it"},
	{dialect.MySQL, "SELECT /* /* :no */ :a", "SELECT /* /* :no */ ?", "a", "comments do not nest"},
	{dialect.MySQL, "SELECT /*+ NO_ICP(t) */ :a", "SELECT /*+ NO_ICP(t) */ ?", "a", "a hint is a comment"},
	{dialect.MySQL, "SELECT @x:=5, @x:= :a, @x:=:a", "SELECT @x:=5, @x:= ?, @x:=?", "a", "assignment"},
	{dialect.MySQL, "SELECT j->'$.a', $$, a$b, :a", "SELECT j->'$.a', $$, a$b, ?", "a", "no dollar quotes"},
	{dialect.MySQL, "SELECT E'\\', :no', :a", "SELECT E'\\', :no', ?", "a", "E is a word like any other"},

	{dialect.SQLite, "SELECT :b, :a, :b", "SELECT ?, ?, ?", "b a", "bound each time"},
	{dialect.SQLite, `SELECT '\', :a, '\', ":no"":no"`, `SELECT '\', ?, '\', ":no"":no"`, "a", "a backslash does not escape"},
	{dialect.SQLite, "SELECT [:no], `:no``:no`, :a", "SELECT [:no], `:no``:no`, ?", "a", "identifiers in all its quotes"},
	{dialect.SQLite, "SELECT /* /* :no */ :a", "SELECT /* /* :no */ ?", "a", "comments do not nest"},
	{dialect.SQLite, "SELECT 1--:no\n+:a", "SELECT 1--:no\n+?", "a", "-- needs no space"},
	{dialect.SQLite, "SELECT 1 AS a$b, x'61', :a", "SELECT 1 AS a$b, x'61', ?", "a", "a dollar sign within a name"},

	{dialect.SQLServer, "SELECT :b, :a, :b", "SELECT @p1, @p2, @p1", "b a", "bound once"},
	{dialect.SQLServer, "SELECT [a:no]]:no], :a", "SELECT [a:no]]:no], @p1", "a", "brackets, doubled"},
	{dialect.SQLServer, `SELECT N'\', :a, '\', ":no"`, `SELECT N'\', @p1, '\', ":no"`, "a", "a backslash does not escape"},
	{dialect.SQLServer, "SELECT /* /* */ :no */ :a", "SELECT /* /* */ :no */ @p1", "a", "comments nest"},
	{dialect.SQLServer, "SELECT @@ROWCOUNT, @p, @p1x, a@p1, #p1, :a", "SELECT @@ROWCOUNT, @p, @p1x, a@p1, #p1, @p1", "a", "variables and names"},
	{dialect.SQLServer, "SELECT geography::Point(:a, :b, 4326)", "SELECT geography::Point(@p1, @p2, 4326)", "a b", "a type's method"},
	{dialect.SQLServer, "SELECT JSON_OBJECT('k':v, 'p': :p)", "SELECT JSON_OBJECT('k':v, 'p': @p1)", "p", "JSON keys"},
}

func TestParse(t *testing.T) {
	for _, c := range statements {
		tm, err := Parse(c.d, c.in)
		if err != nil {
			t.Errorf("%v %q (%s): %v", c.d, c.in, c.why, err)
			continue
		}
		query, _ := tm.Statement()
		if query != c.query || !slices.Equal(tm.Params, strings.Fields(c.params)) {
			t.Errorf("%v %q (%s): got %q %q; want %q %q", c.d, c.in, c.why, query, tm.Params, c.query, c.params)
		}
	}
}

func TestStatementBinds(t *testing.T) {
	for d, want := range map[*dialect.Dialect]string{dialect.PostgreSQL: "[0 1]", dialect.SQLServer: "[0 1]", dialect.MySQL: "[0 1 0]", dialect.SQLite: "[0 1 0]"} {
		tm, err := Parse(d, "SELECT :b, :a, :b")
		if err != nil {
			t.Fatal(err)
		}
		_, bind := tm.Statement()
		if got := fmt.Sprint(bind); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
		clear(bind) // the caller's own
		if _, again := tm.Statement(); fmt.Sprint(again) != want {
			t.Errorf("%v: a change to bind reached the template", d)
		}
	}
}

var refused = []struct {
	d    *dialect.Dialect
	in   string
	at   string // line:column
	want string // part of the reason
}{
	{dialect.PostgreSQL, "", "1:1", "no statement"},
	{dialect.PostgreSQL, " -- x\n/* y */\n", "3:1", "no statement"},
	{dialect.PostgreSQL, "; SELECT 1", "1:3", "more than one statement"},
	{dialect.PostgreSQL, " ;", "1:2", "no statement"},
	{dialect.PostgreSQL, "SELECT 1;\nDELETE FROM t", "2:1", "more than one statement"},
	{dialect.PostgreSQL, "SELECT 1;;", "1:10", "more than one statement"},
	{dialect.PostgreSQL, "SELECT 1; :a", "1:11", "more than one statement"},
	{dialect.PostgreSQL, "SELECT 'a''", "1:8", "closing ' is missing"},
	{dialect.PostgreSQL, "SELECT\n  'é', E'a\\'", "2:9", "closing ' is missing"},
	{dialect.PostgreSQL, "SELECT E'a'\n'b\\'", "2:1", "closing ' is missing"},
	{dialect.PostgreSQL, "SELECT \"a", "1:8", "closing \" is missing"},
	{dialect.PostgreSQL, "SELECT /* /* */", "1:8", "*/ is missing"},
	{dialect.PostgreSQL, "SELECT /*/", "1:8", "*/ is missing"},
	{dialect.PostgreSQL, "SELECT $$a$", "1:8", "closing $$ is missing"},
	{dialect.PostgreSQL, "SELECT $a$ $A$", "1:8", "closing $a$ is missing"},
	{dialect.PostgreSQL, "SELECT $1", "1:8", "as in :name"},
	{dialect.PostgreSQL, "SELECT :a$b", "1:10", "put a space between"},
	{dialect.PostgreSQL, "SELECT :a$$b$$", "1:10", "put a space between"},
	{dialect.PostgreSQL, "SELECT :e\u0301", "1:10", "put a space between"},
	{dialect.PostgreSQL, "SELECT '\x00'", "1:9", "NUL"},
	{dialect.PostgreSQL, "SELECT '\xff'", "1:9", "UTF-8"},
	{dialect.MySQL, "SELECT ?", "1:8", "as in :name"},
	{dialect.MySQL, "SELECT 'a\\'", "1:8", "closing ' is missing"},
	{dialect.MySQL, "SELECT `a", "1:8", "closing ` is missing"},
	{dialect.MySQL, "SELECT /*! 1 */", "1:8", "plain SQL"},
	{dialect.MySQL, "SELECT /*M! 1 */", "1:8", "plain SQL"},
	{dialect.MySQL, "SELECT 1 LIMIT:n", "1:15", "a space before the colon"},
	{dialect.MySQL, "SELECT x::int", "1:9", "begins no parameter"},
	{dialect.SQLite, "SELECT ?1", "1:8", "as in :name"},
	{dialect.SQLite, "SELECT @a", "1:8", "as in :name"},
	{dialect.SQLite, "SELECT 1 AS a@b", "1:14", "as in :name"},
	{dialect.SQLite, "SELECT $a", "1:8", "as in :name"},
	{dialect.SQLite, "SELECT :1", "1:8", "begins no parameter"},
	{dialect.SQLite, "SELECT [a", "1:8", "closing ] is missing"},
	{dialect.SQLite, "SELECT 1 LIMIT:n", "1:15", "a space before the colon"},
	{dialect.SQLServer, "SELECT @p1", "1:8", "as in :name"},
	{dialect.SQLServer, "SELECT @P12", "1:8", "as in :name"},
	{dialect.SQLServer, "SELECT [a]]", "1:8", "closing ] is missing"},
	{dialect.SQLServer, "SELECT :a#b", "1:10", "put a space between"},
}

func TestParseRefuses(t *testing.T) {
	for _, c := range refused {
		_, err := Parse(c.d, c.in)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%v %q: got %v, want an *Error", c.d, c.in, err)
			continue
		}
		if at := fmt.Sprintf("%d:%d", e.Line, e.Column); at != c.at || !strings.Contains(e.Reason, c.want) {
			t.Errorf("%v %q: got %v; want %q at %s", c.d, c.in, err, c.want, c.at)
		}
	}
}

func TestIsQuery(t *testing.T) {
	for text, want := range map[string]bool{
		"SELECT 1": true, "-- why\n/* so */ select :a": true, "VALUES (1)": true,
		"INSERT INTO t SELECT 1": false, "WITH x AS (DELETE FROM t RETURNING a) SELECT * FROM x": false,
		"selected": false, "(SELECT 1)": false,
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
