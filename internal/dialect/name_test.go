package dialect

import (
	"slices"
	"strings"
	"testing"
)

func TestQuoteName(t *testing.T) {
	for _, c := range []struct {
		d          *Dialect
		name, want string
		why        string
	}{
		{PostgreSQL, `get_user`, `get_user`, "plain: reads as people write it"},
		{PostgreSQL, `_f2`, `_f2`, "plain: underscore and digits"},
		{PostgreSQL, `2f`, `"2f"`, "a digit first would be a number"},
		{PostgreSQL, `GetUser`, `"GetUser"`, "bare, PostgreSQL would fold it to lower case"},
		{PostgreSQL, `a$b`, `"a$b"`, "allowed bare, but only in PostgreSQL"},
		{PostgreSQL, `naïve`, `"naïve"`, "not ASCII"},
		{PostgreSQL, `get user`, `"get user"`, "space"},
		{PostgreSQL, `we"ird`, `"we""ird"`, "a quote that is not first is a character, doubled on output"},
		{PostgreSQL, `f(); drop table t; --`, `"f(); drop table t; --"`, "SQL in a name stays a name"},
		{PostgreSQL, `a\b`, `"a\b"`, "a backslash is nothing special"},
		{PostgreSQL, `select`, `"select"`, "reserved"},
		{PostgreSQL, `coalesce`, `"coalesce"`, "column-name keyword"},
		{PostgreSQL, `left`, `"left"`, "type-or-function keyword"},
		{PostgreSQL, `name`, `name`, "unreserved keyword"},
		{PostgreSQL, `json_table`, `"json_table"`, "keyword since PostgreSQL 17"},
		{PostgreSQL, `api.get_user`, `api.get_user`, "qualified"},
		{PostgreSQL, `api."Get User"`, `api."Get User"`, "quoted part"},
		{PostgreSQL, `"My.Api"."we""ird"`, `"My.Api"."we""ird"`, "dots and quotes within quotes"},
		{PostgreSQL, `"get_user"`, `get_user`, "quotes that are not needed go"},
		{PostgreSQL, `""""`, `""""`, "one double quote"},
		{PostgreSQL, `"ends with a dot."`, `"ends with a dot."`, "no part follows this dot"},
		{PostgreSQL, `db.user.f`, `db."user".f`, "every part by itself"},
		{PostgreSQL, strings.Repeat("é", 31) + "e", `"` + strings.Repeat("é", 31) + `e"`, "63 bytes"},

		{MySQL, `order`, "`order`", "reserved"},
		{MySQL, `GetUser`, "`GetUser`", "capitals"},
		{MySQL, "we`ird", "`we``ird`", "backtick doubled"},
		{MySQL, `"a b"`, "`a b`", "SQL's quotes on input, MySQL's on output"},
		{MySQL, `count`, "`count`", "CALL count() is a syntax error"},
		{MySQL, `_utf8`, "`_utf8`", "a character set introducer"},
		{MySQL, `rows`, "`rows`", "reserved in MySQL 8 and MariaDB"},
		{MySQL, ` a`, "` a`", "a space in front is allowed"},
		{MySQL, strings.Repeat("ï", 64), "`" + strings.Repeat("ï", 64) + "`", "64 characters"},

		{SQLite, `glob`, `"glob"`, "keyword"},
		{SQLite, `json_each`, `json_each`, "table-valued function"},
		{SQLite, `x"y`, `"x""y"`, "quote doubled"},

		{SQLServer, `dbo.get_user`, `dbo.get_user`, "plain"},
		{SQLServer, `x]y`, `[x]]y]`, "closing bracket doubled"},
		{SQLServer, `x[y`, `[x[y]`, "opening bracket not"},
		{SQLServer, `user`, `[user]`, "reserved"},
		{SQLServer, `srv.db.dbo.f`, `srv.db.dbo.f`, "four parts"},
		{SQLServer, strings.Repeat("😀", 64), `[` + strings.Repeat("😀", 64) + `]`, "128 UTF-16 code units"},
	} {
		if got, err := c.d.QuoteName(c.name); got != c.want || err != nil {
			t.Errorf("%v %s (%s): got %s, %v; want %s", c.d, c.name, c.why, got, err, c.want)
		}
	}
}

func TestQuoteNameRefuses(t *testing.T) {
	for _, c := range []struct {
		d          *Dialect
		name, want string // want is part of the message
	}{
		{PostgreSQL, ``, "empty"},
		{PostgreSQL, `.`, "empty"},
		{PostgreSQL, `api.`, "empty"},
		{PostgreSQL, `.f`, "empty"},
		{PostgreSQL, `a..b`, "empty"},
		{PostgreSQL, `""`, "empty"},
		{PostgreSQL, `"a".`, "empty"},
		{PostgreSQL, `"`, "closing double quote is missing"},
		{PostgreSQL, `api."f`, "closing double quote is missing"},
		{PostgreSQL, `"f""`, "closing double quote is missing"},
		{PostgreSQL, `"f"()`, "only a dot can follow"},
		{PostgreSQL, `"f" .g`, "only a dot can follow"},
		{PostgreSQL, "f\x00", "NUL"},
		{PostgreSQL, "f\xff", "UTF-8"},
		{PostgreSQL, strings.Repeat("é", 32), "silently cut it to 63"},
		{PostgreSQL, `a.b.c.d`, "allows 3 parts, not 4"},
		{MySQL, strings.Repeat("a", 65), "allows 64"},
		{MySQL, `f `, "ends with a space"},
		{MySQL, `f😀`, "beyond U+FFFF"},
		{MySQL, `a.b.c.d`, "allows 3 parts"},
		{SQLServer, strings.Repeat("a", 129), "allows 128"},
		{SQLServer, strings.Repeat("😀", 65), "allows 128"},
		{SQLServer, `a.b.c.d.e`, "allows 4 parts"},
	} {
		if got, err := c.d.QuoteName(c.name); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v %q: got %s, %v; want an error with %q", c.d, c.name, got, err, c.want)
		}
	}
}

func TestQuoteIdentIsLiteral(t *testing.T) {
	for _, c := range []struct {
		d          *Dialect
		name, want string
	}{
		{PostgreSQL, `a.b`, `"a.b"`},
		{PostgreSQL, `"a"`, `"""a"""`},
		{MySQL, `"a"`, "`\"a\"`"},
		{SQLite, `a]`, `"a]"`},
		{SQLServer, `[a]`, `[[a]]]`},
	} {
		if got, err := c.d.QuoteIdent(c.name); got != c.want || err != nil {
			t.Errorf("%v %s: got %s, %v; want %s", c.d, c.name, got, err, c.want)
		}
	}
}

// The lists are searched as text, so their form matters: lower-case words, sorted, one space around.
func TestKeywordLists(t *testing.T) {
	for d, list := range map[*Dialect]string{
		PostgreSQL: postgresKeywords, MySQL: mysqlKeywords, SQLite: sqliteKeywords, SQLServer: sqlServerKeywords,
	} {
		words := strings.Fields(list)
		if list != " "+strings.Join(words, " ")+" " {
			t.Errorf("%v: not exactly one space around every word", d)
		}
		for i, word := range words {
			if i > 0 && words[i-1] >= word {
				t.Errorf("%v: %s is not after %s", d, word, words[i-1])
			}
			if word != strings.ToLower(word) || !d.NeedsQuotes(word) {
				t.Errorf("%v: %s is not found in its own list", d, word)
			}
		}
		if d.NeedsQuotes("elec") || d.NeedsQuotes("get_user") {
			t.Errorf("%v: part of a keyword, or none at all, needs quotes", d)
		}
	}
	if n := len(strings.Fields(sqliteKeywords)); n != 147 {
		t.Errorf("SQLite has 147 keywords, the list %d", n)
	}
}

func TestPlaceholders(t *testing.T) {
	for d, want := range map[*Dialect]string{PostgreSQL: "$1 $12", MySQL: "? ?", SQLite: "? ?", SQLServer: "@p1 @p12"} {
		if got := string(d.AppendPlaceholder(append(d.AppendPlaceholder(nil, 1), ' '), 12)); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
	if got := At(9).String(); got != "Dialect(9)" {
		t.Errorf("got %s", got)
	}
}

func TestJoinName(t *testing.T) {
	for _, parts := range [][]string{{"a"}, {"a", "b"}, {"a.b", `c"d`, ""}, {`"`, "."}} {
		if got, err := SplitName(JoinName(parts...)); err != nil || !slices.Equal(got, parts) {
			t.Errorf("%q became %q, %v", parts, got, err)
		}
	}
}
