package sqltemplate

import "github.com/moresql/moresql/internal/dialect"

// A parsed is a statement that Parse takes. What a dialect reads as a string, a name or a comment
// was tried with PostgreSQL 15, MariaDB 10.11 and SQLite 3.40; SQL Server follows its
// documentation.
type parsed struct {
	why       string
	in, query string
	params    string // the names, with a space between them
}

// cases are the statements of the tests by their dialects, and the seeds of FuzzParse.
var cases = []struct {
	d       *dialect.Dialect
	parsed  []parsed
	refused []refused
}{
	{dialect.PostgreSQL, postgresParsed, postgresRefused},
	{dialect.MySQL, mysqlParsed, mysqlRefused},
	{dialect.SQLite, sqliteParsed, sqliteRefused},
	{dialect.SQLServer, sqlServerParsed, sqlServerRefused},
}

var postgresParsed = []parsed{
	{
		why:    "a parameter becomes a numbered placeholder",
		in:     "SELECT :a",
		query:  "SELECT $1",
		params: "a",
	},
	{
		why:    "a parameter that stands twice is bound once, numbered by first appearance",
		in:     "SELECT :b, :a, :b",
		query:  "SELECT $1, $2, $1",
		params: "b a",
	},
	{
		why:    "a name has letters of any script, digits and underscores",
		in:     "SELECT :_a1, :straße",
		query:  "SELECT $1, $2",
		params: "_a1 straße",
	},
	{why: "a statement needs no parameter", in: "SELECT 1", query: "SELECT 1"},
	{why: "a parameter may be the whole statement", in: ":a", query: "$1", params: "a"},
	{
		why:   "space, the semicolon and what follows it are left out",
		in:    " \n\tSELECT 1\r\n ; \n-- end",
		query: "SELECT 1",
	},
	{
		why:   "comments stay",
		in:    "-- get_car.sql\nSELECT 1 -- one",
		query: "-- get_car.sql\nSELECT 1 -- one",
	},
	{why: "a byte order mark is left out", in: "\uFEFFSELECT 1", query: "SELECT 1"},
	{
		why:    "a string is left alone",
		in:     "SELECT ':no', 'it''s :no', :a",
		query:  "SELECT ':no', 'it''s :no', $1",
		params: "a",
	},
	{
		why:    "a backslash does not escape in a string",
		in:     `SELECT '\', :a, '\'`,
		query:  `SELECT '\', $1, '\'`,
		params: "a",
	},
	{
		why:    "a backslash escapes in E''",
		in:     `SELECT E'\':no', e'\\', :a`,
		query:  `SELECT E'\':no', e'\\', $1`,
		params: "a",
	},
	{
		why:    "a word that ends in e does not make the string after it E''",
		in:     `SELECT type'\', :a, '\'`,
		query:  `SELECT type'\', $1, '\'`,
		params: "a",
	},
	{
		why:    "E'' continues on the next line",
		in:     "SELECT E'a'\n'\\':no', :a",
		query:  "SELECT E'a'\n'\\':no', $1",
		params: "a",
	},
	{
		why:    "E'' continues after a comment to the end of the line",
		in:     "SELECT E'a' -- '\n  '\\':no', :a",
		query:  "SELECT E'a' -- '\n  '\\':no', $1",
		params: "a",
	},
	{
		why:    "E'' does not continue on the same line",
		in:     "SELECT E'a' '\\', :a, '\\'",
		query:  "SELECT E'a' '\\', $1, '\\'",
		params: "a",
	},
	{
		why:    "an ordinary string that continues is another string",
		in:     "SELECT 'a'\n'\\', :a, '\\'",
		query:  "SELECT 'a'\n'\\', $1, '\\'",
		params: "a",
	},
	{
		why:    "a backslash does not escape in U&''",
		in:     `SELECT U&'\0061:no\', :a`,
		query:  `SELECT U&'\0061:no\', $1`,
		params: "a",
	},
	{
		why:    "a backslash escapes after no prefix but E",
		in:     "SELECT N':n', B'01', X'ff', :a",
		query:  "SELECT N':n', B'01', X'ff', $1",
		params: "a",
	},
	{
		why:    "a quoted identifier is left alone",
		in:     `SELECT ":no"":no", :a`,
		query:  `SELECT ":no"":no", $1`,
		params: "a",
	},
	{
		why:    "a quoted identifier may span two lines",
		in:     "SELECT 1 AS \"a\n:no\", :a",
		query:  "SELECT 1 AS \"a\n:no\", $1",
		params: "a",
	},
	{
		why:    "a backtick is a character of operators",
		in:     "SELECT ` :a",
		query:  "SELECT ` $1",
		params: "a",
	},
	{
		why:    "a comment to the end of the line is left alone",
		in:     "SELECT 1 -- :no '\n, :a",
		query:  "SELECT 1 -- :no '\n, $1",
		params: "a",
	},
	{
		why:    "a carriage return ends a comment",
		in:     "SELECT 1 -- :no\r, :a",
		query:  "SELECT 1 -- :no\r, $1",
		params: "a",
	},
	{
		why:    "a comment may directly follow an operator",
		in:     "SELECT 1 +-- :no\n:a",
		query:  "SELECT 1 +-- :no\n$1",
		params: "a",
	},
	{
		why:    "a block comment is left alone",
		in:     "SELECT /* ' :no */ :a",
		query:  "SELECT /* ' :no */ $1",
		params: "a",
	},
	{
		why:    "block comments nest",
		in:     "SELECT /* /* */ :no */ :a",
		query:  "SELECT /* /* */ :no */ $1",
		params: "a",
	},
	{
		why:    "/*/ does not close itself",
		in:     "SELECT /*/ :no */ :a",
		query:  "SELECT /*/ :no */ $1",
		params: "a",
	},
	{
		why:    "a block comment may directly follow an operator",
		in:     "SELECT 1*/* :no */:a",
		query:  "SELECT 1*/* :no */$1",
		params: "a",
	},
	{
		why:    "a string in dollar quotes is left alone",
		in:     "SELECT $$:no ' $$, :a",
		query:  "SELECT $$:no ' $$, $1",
		params: "a",
	},
	{
		why:    "a dollar quote may have a tag",
		in:     "SELECT $t$ $$ :no; $t$, :a",
		query:  "SELECT $t$ $$ :no; $t$, $1",
		params: "a",
	},
	{
		why:    "the tag of a dollar quote has letters of any script",
		in:     "SELECT $é$ :no $é$, :a",
		query:  "SELECT $é$ :no $é$, $1",
		params: "a",
	},
	{
		why:    "a name with dollar signs does not begin a dollar quote",
		in:     "SELECT 1 AS a$b$, :a, 2 AS c$b$",
		query:  "SELECT 1 AS a$b$, $1, 2 AS c$b$",
		params: "a",
	},
	{
		why:    "a name with a dollar sign and a digit is no placeholder",
		in:     "SELECT x.a$1, :a",
		query:  "SELECT x.a$1, $1",
		params: "a",
	},
	{
		why:    "a cast is left alone",
		in:     "SELECT :a::int, x::int, x :: int",
		query:  "SELECT $1::int, x::int, x :: int",
		params: "a",
	},
	{
		why:    "a named argument is left alone",
		in:     "SELECT f(x := :a)",
		query:  "SELECT f(x := $1)",
		params: "a",
	},
	{
		why:   "a slice up to a column is left alone",
		in:    "SELECT a[1:2], a[i:n], a[:2], a[f(x):n], a[b[1]:n]",
		query: "SELECT a[1:2], a[i:n], a[:2], a[f(x):n], a[b[1]:n]",
	},
	{
		why:    "a slice may have parameters",
		in:     "SELECT a[:i], a[i: :n], a[:i:n]",
		query:  "SELECT a[$1], a[i: $2], a[$1:n]",
		params: "i n",
	},
	{
		why:    "a slice may have a parameter and a cast",
		in:     "SELECT a[:i::int: :n]",
		query:  "SELECT a[$1::int: $2]",
		params: "i n",
	},
	{
		why:    "a JSON key may directly precede its colon",
		in:     `SELECT JSON_OBJECT('k':v, "k":v, 'p': :p)`,
		query:  `SELECT JSON_OBJECT('k':v, "k":v, 'p': $1)`,
		params: "p",
	},
	{
		why:    "operators of jsonb with a question mark are left alone",
		in:     "SELECT j ? 'a', j ?| :a, j @? '$.a'",
		query:  "SELECT j ? 'a', j ?| $1, j @? '$.a'",
		params: "a",
	},
	{
		why:    "a parameter may directly follow an operator",
		in:     "SELECT x=:a, x<:b, -:c, (:d), @:e",
		query:  "SELECT x=$1, x<$2, -$3, ($4), @$5",
		params: "a b c d e",
	},
	{
		why:    "numbers are left alone",
		in:     "SELECT 1e5, 1.5, .5, :a",
		query:  "SELECT 1e5, 1.5, .5, $1",
		params: "a",
	},
	{
		why:    "a name with letters of any script is left alone",
		in:     "SELECT 1 AS naïve, :a",
		query:  "SELECT 1 AS naïve, $1",
		params: "a",
	},
	{why: "a bracket does not quote", in: "SELECT [:a", query: "SELECT [$1", params: "a"},
	{
		why:    "a lone dollar sign is left for the server to refuse",
		in:     "SELECT $ :a",
		query:  "SELECT $ $1",
		params: "a",
	},
}

var mysqlParsed = []parsed{
	{
		why:    "a parameter that stands twice is bound twice",
		in:     "SELECT :b, :a, :b",
		query:  "SELECT ?, ?, ?",
		params: "b a",
	},
	{
		why:    "a backslash escapes in every string",
		in:     `SELECT 'it\'s :no', "\":no", '\\', :a`,
		query:  `SELECT 'it\'s :no', "\":no", '\\', ?`,
		params: "a",
	},
	{
		why:    "a backslash escapes after a prefix",
		in:     `SELECT N'\':no', _utf8'\':no', :a`,
		query:  `SELECT N'\':no', _utf8'\':no', ?`,
		params: "a",
	},
	{
		why:    "a doubled quote stands for itself in a string",
		in:     `SELECT 'a'':no', "a"":no", :a`,
		query:  `SELECT 'a'':no', "a"":no", ?`,
		params: "a",
	},
	{
		why:    "a backslash does not escape in a quoted identifier",
		in:     "SELECT 1 AS `:no``\\`, :a",
		query:  "SELECT 1 AS `:no``\\`, ?",
		params: "a",
	},
	{
		why:    "# begins a comment",
		in:     "SELECT 1 # :no '\n, :a",
		query:  "SELECT 1 # :no '\n, ?",
		params: "a",
	},
	{
		why:    "# begins a comment directly after a name",
		in:     "SELECT 1 AS a#b :no\n, :a",
		query:  "SELECT 1 AS a#b :no\n, ?",
		params: "a",
	},
	{
		why:    "-- and a space begin a comment",
		in:     "SELECT 1 -- :no\n, :a",
		query:  "SELECT 1 -- :no\n, ?",
		params: "a",
	},
	{
		why:    "-- and a newline or the end begin a comment",
		in:     "SELECT 1--\n+ :a --",
		query:  "SELECT 1--\n+ ? --",
		params: "a",
	},
	{
		why:    "-- are two minus signs otherwise",
		in:     "SELECT 1--:a",
		query:  "SELECT 1--?",
		params: "a",
	},
	{
		why:    "a carriage return does not end a comment",
		in:     "SELECT 1 -- \r:no\n, :a",
		query:  "SELECT 1 -- \r:no\n, ?",
		params: "a",
	},
	{
		why:    "block comments do not nest",
		in:     "SELECT /* /* :no */ :a",
		query:  "SELECT /* /* :no */ ?",
		params: "a",
	},
	{
		why:    "a hint is a comment",
		in:     "SELECT /*+ NO_ICP(t) */ :a",
		query:  "SELECT /*+ NO_ICP(t) */ ?",
		params: "a",
	},
	{
		why:    "an assignment is left alone",
		in:     "SELECT @x:=5, @x:= :a, @x:=:a",
		query:  "SELECT @x:=5, @x:= ?, @x:=?",
		params: "a",
	},
	{
		why:    "a dollar sign does not begin a string",
		in:     "SELECT j->'$.a', $$, a$b, :a",
		query:  "SELECT j->'$.a', $$, a$b, ?",
		params: "a",
	},
	{
		why:    "E'' is no special string",
		in:     "SELECT E'\\', :no', :a",
		query:  "SELECT E'\\', :no', ?",
		params: "a",
	},
}

var sqliteParsed = []parsed{
	{
		why:    "a parameter that stands twice is bound twice",
		in:     "SELECT :b, :a, :b",
		query:  "SELECT ?, ?, ?",
		params: "b a",
	},
	{
		why:    "a backslash does not escape in a string",
		in:     `SELECT '\', :a, '\', ":no"":no"`,
		query:  `SELECT '\', ?, '\', ":no"":no"`,
		params: "a",
	},
	{
		why:    "brackets and backticks quote identifiers",
		in:     "SELECT [:no], `:no``:no`, :a",
		query:  "SELECT [:no], `:no``:no`, ?",
		params: "a",
	},
	{
		why:    "block comments do not nest",
		in:     "SELECT /* /* :no */ :a",
		query:  "SELECT /* /* :no */ ?",
		params: "a",
	},
	{
		why:    "-- needs no space after it",
		in:     "SELECT 1--:no\n+:a",
		query:  "SELECT 1--:no\n+?",
		params: "a",
	},
	{
		why:    "a name may have a dollar sign in it",
		in:     "SELECT 1 AS a$b, x'61', :a",
		query:  "SELECT 1 AS a$b, x'61', ?",
		params: "a",
	},
}

var sqlServerParsed = []parsed{
	{
		why:    "a parameter that stands twice is bound once",
		in:     "SELECT :b, :a, :b",
		query:  "SELECT @p1, @p2, @p1",
		params: "b a",
	},
	{
		why:    "a closing bracket doubled stands for itself",
		in:     "SELECT [a:no]]:no], :a",
		query:  "SELECT [a:no]]:no], @p1",
		params: "a",
	},
	{
		why:    "a backslash does not escape in a string",
		in:     `SELECT N'\', :a, '\', ":no"`,
		query:  `SELECT N'\', @p1, '\', ":no"`,
		params: "a",
	},
	{
		why:    "block comments nest",
		in:     "SELECT /* /* */ :no */ :a",
		query:  "SELECT /* /* */ :no */ @p1",
		params: "a",
	},
	{
		why:    "variables, temporary tables and names with @ are no placeholders",
		in:     "SELECT @@ROWCOUNT, @p, @p1x, a@p1, #p1, :a",
		query:  "SELECT @@ROWCOUNT, @p, @p1x, a@p1, #p1, @p1",
		params: "a",
	},
	{
		why:    "a method of a type is left alone",
		in:     "SELECT geography::Point(:a, :b, 4326)",
		query:  "SELECT geography::Point(@p1, @p2, 4326)",
		params: "a b",
	},
	{
		why:    "a JSON key may directly precede its colon",
		in:     "SELECT JSON_OBJECT('k':v, 'p': :p)",
		query:  "SELECT JSON_OBJECT('k':v, 'p': @p1)",
		params: "p",
	},
}
