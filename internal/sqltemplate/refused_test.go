package sqltemplate

// A refused is a statement that Parse does not take.
type refused struct {
	in   string
	at   string // line:column
	want string // part of the reason
}

var postgresRefused = []refused{
	{in: "", at: "1:1", want: "no statement"},
	{in: " -- x\n/* y */\n", at: "3:1", want: "no statement"},
	{in: "; SELECT 1", at: "1:3", want: "more than one statement"},
	{in: " ;", at: "1:2", want: "no statement"},
	{in: "SELECT 1;\nDELETE FROM t", at: "2:1", want: "more than one statement"},
	{in: "SELECT 1;;", at: "1:10", want: "more than one statement"},
	{in: "SELECT 1; :a", at: "1:11", want: "more than one statement"},
	{in: "SELECT 'a''", at: "1:8", want: "closing ' is missing"},
	{in: "SELECT\n  'é', E'a\\'", at: "2:9", want: "closing ' is missing"},
	{in: "SELECT E'a'\n'b\\'", at: "2:1", want: "closing ' is missing"},
	{in: "SELECT \"a", at: "1:8", want: "closing \" is missing"},
	{in: "SELECT /* /* */", at: "1:8", want: "*/ is missing"},
	{in: "SELECT /*/", at: "1:8", want: "*/ is missing"},
	{in: "SELECT $$a$", at: "1:8", want: "closing $$ is missing"},
	{in: "SELECT $a$ $A$", at: "1:8", want: "closing $a$ is missing"},
	{in: "SELECT $1", at: "1:8", want: "as in :name"},
	{in: "SELECT :a$b", at: "1:10", want: "put a space between"},
	{in: "SELECT :a$$b$$", at: "1:10", want: "put a space between"},
	{in: "SELECT :e\u0301", at: "1:10", want: "put a space between"},
	{in: "SELECT '\x00'", at: "1:9", want: "NUL"},
	{in: "SELECT '\xff'", at: "1:9", want: "UTF-8"},
}

var mysqlRefused = []refused{
	{in: "SELECT ?", at: "1:8", want: "as in :name"},
	{in: "SELECT 'a\\'", at: "1:8", want: "closing ' is missing"},
	{in: "SELECT `a", at: "1:8", want: "closing ` is missing"},
	{in: "SELECT /*! 1 */", at: "1:8", want: "plain SQL"},
	{in: "SELECT /*M! 1 */", at: "1:8", want: "plain SQL"},
	{in: "SELECT 1 LIMIT:n", at: "1:15", want: "a space before the colon"},
	{in: "SELECT x::int", at: "1:9", want: "begins no parameter"},
}

var sqliteRefused = []refused{
	{in: "SELECT ?1", at: "1:8", want: "as in :name"},
	{in: "SELECT @a", at: "1:8", want: "as in :name"},
	{in: "SELECT 1 AS a@b", at: "1:14", want: "as in :name"},
	{in: "SELECT $a", at: "1:8", want: "as in :name"},
	{in: "SELECT :1", at: "1:8", want: "begins no parameter"},
	{in: "SELECT [a", at: "1:8", want: "closing ] is missing"},
	{in: "SELECT 1 LIMIT:n", at: "1:15", want: "a space before the colon"},
}

var sqlServerRefused = []refused{
	{in: "SELECT @p1", at: "1:8", want: "as in :name"},
	{in: "SELECT @P12", at: "1:8", want: "as in :name"},
	{in: "SELECT [a]]", at: "1:8", want: "closing ] is missing"},
	{in: "SELECT :a#b", at: "1:10", want: "put a space between"},
}
