package dialect

import (
	"slices"
	"strings"
	"testing"
)

func TestQuoteNameQuotesWhatNeedsIt(t *testing.T) {
	for _, c := range []struct {
		d          *Dialect
		name, want string
		why        string
	}{
		{d: PostgreSQL, name: `get_user`, want: `get_user`, why: "a plain name stays bare"},
		{d: PostgreSQL, name: `_f2`, want: `_f2`, why: "underscores and digits are plain"},
		{d: PostgreSQL, name: `2f`, want: `"2f"`, why: "a digit at the beginning would begin a number"},
		{
			d:    PostgreSQL,
			name: `GetUser`,
			want: `"GetUser"`,
			why:  "bare, PostgreSQL would fold it to lower case",
		},
		{d: PostgreSQL, name: `a$b`, want: `"a$b"`, why: "allowed bare, but only in PostgreSQL"},
		{d: PostgreSQL, name: `naïve`, want: `"naïve"`, why: "letters beyond ASCII need quotes"},
		{d: PostgreSQL, name: `get user`, want: `"get user"`, why: "a space needs quotes"},
		{
			d:    PostgreSQL,
			name: `we"ird`,
			want: `"we""ird"`,
			why:  "a quote that is not first is a character",
		},
		{
			d:    PostgreSQL,
			name: `f(); drop table t; --`,
			want: `"f(); drop table t; --"`,
			why:  "SQL in a name stays a name",
		},
		{d: PostgreSQL, name: `a\b`, want: `"a\b"`, why: "a backslash is a character"},
		{d: PostgreSQL, name: `select`, want: `"select"`, why: "a reserved word needs quotes"},
		{d: PostgreSQL, name: `coalesce`, want: `"coalesce"`, why: "a keyword that may name a column"},
		{d: PostgreSQL, name: `left`, want: `"left"`, why: "a keyword that may name a type"},
		{d: PostgreSQL, name: `name`, want: `name`, why: "an unreserved keyword is plain"},
		{d: PostgreSQL, name: `json_table`, want: `"json_table"`, why: "a keyword since PostgreSQL 17"},
		{d: PostgreSQL, name: `api.get_user`, want: `api.get_user`, why: "a qualified name"},
		{d: PostgreSQL, name: `api."Get User"`, want: `api."Get User"`, why: "a part with a space"},
		{
			d:    PostgreSQL,
			name: `"My.Api"."we""ird"`,
			want: `"My.Api"."we""ird"`,
			why:  "dots and quotes within quotes",
		},
		{d: PostgreSQL, name: `"get_user"`, want: `get_user`, why: "quotes without need are left out"},
		{d: PostgreSQL, name: `""""`, want: `""""`, why: "a name that is one double quote"},
		{
			d:    PostgreSQL,
			name: `"ends with a dot."`,
			want: `"ends with a dot."`,
			why:  "no part follows this dot",
		},
		{d: PostgreSQL, name: `db.user.f`, want: `db."user".f`, why: "one part of three needs quotes"},
		{
			d:    PostgreSQL,
			name: strings.Repeat("é", 31) + "e",
			want: `"` + strings.Repeat("é", 31) + `e"`,
			why:  "63 bytes are allowed",
		},

		{d: MySQL, name: `order`, want: "`order`", why: "a reserved word needs quotes"},
		{d: MySQL, name: `GetUser`, want: "`GetUser`", why: "capitals need quotes"},
		{d: MySQL, name: "we`ird", want: "`we``ird`", why: "a backtick is doubled"},
		{d: MySQL, name: `"a b"`, want: "`a b`", why: "names have SQL's quotes in every dialect"},
		{d: MySQL, name: `count`, want: "`count`", why: "CALL count() is a syntax error"},
		{d: MySQL, name: `_utf8`, want: "`_utf8`", why: "it may announce a character set"},
		{d: MySQL, name: `rows`, want: "`rows`", why: "a word reserved in MySQL 8 and MariaDB"},
		{d: MySQL, name: ` a`, want: "` a`", why: "a space at the beginning is allowed"},
		{
			d:    MySQL,
			name: strings.Repeat("ï", 64),
			want: "`" + strings.Repeat("ï", 64) + "`",
			why:  "64 characters are allowed",
		},

		{d: SQLite, name: `glob`, want: `"glob"`, why: "a keyword needs quotes"},
		{d: SQLite, name: `json_each`, want: `json_each`, why: "a table-valued function is plain"},
		{d: SQLite, name: `x"y`, want: `"x""y"`, why: "a quote is doubled"},

		{d: SQLServer, name: `dbo.get_user`, want: `dbo.get_user`, why: "a plain name stays bare"},
		{d: SQLServer, name: `x]y`, want: `[x]]y]`, why: "a closing bracket is doubled"},
		{d: SQLServer, name: `x[y`, want: `[x[y]`, why: "an opening bracket is not"},
		{d: SQLServer, name: `user`, want: `[user]`, why: "a reserved word needs quotes"},
		{d: SQLServer, name: `srv.db.dbo.f`, want: `srv.db.dbo.f`, why: "four parts are allowed"},
		{
			d:    SQLServer,
			name: strings.Repeat("😀", 64),
			want: `[` + strings.Repeat("😀", 64) + `]`,
			why:  "128 UTF-16 code units are allowed",
		},
	} {
		if got, err := c.d.QuoteName(c.name); got != c.want || err != nil {
			t.Errorf("%v %s (%s): got %s, %v; want %s", c.d, c.name, c.why, got, err, c.want)
		}
	}
}

func TestQuoteNameRefusesWhatTheDatabaseWouldChange(t *testing.T) {
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

func TestQuoteIdentTakesNamesLiterally(t *testing.T) {
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

// The lists are searched as text, so their form matters: lower-case words, sorted, with one space
// on either side.
func TestKeywordListsAreSortedAndSpaced(t *testing.T) {
	for d, list := range map[*Dialect]string{
		PostgreSQL: postgresKeywords, MySQL: mysqlKeywords,
		SQLite: sqliteKeywords, SQLServer: sqlServerKeywords, DuckDB: duckdbKeywords,
		Firebird: firebirdKeywords,
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
			t.Errorf("%v: part of a keyword, or an invalid name, needs quotes", d)
		}
	}
	if n := len(strings.Fields(sqliteKeywords)); n != 147 {
		t.Errorf("SQLite has 147 keywords, the list %d", n)
	}
}

func TestPlaceholdersHaveNumbersIfNumbered(t *testing.T) {
	for d, want := range map[*Dialect]string{
		PostgreSQL: "$1 $12", MySQL: "? ?", SQLite: "? ?", SQLServer: "@p1 @p12",
	} {
		first := append(d.AppendPlaceholder(nil, 1), ' ')
		if got := string(d.AppendPlaceholder(first, 12)); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}

func TestSplitNameUndoesJoinName(t *testing.T) {
	for _, parts := range [][]string{
		{"a"}, {"a", "b"}, {"a.b", `c"d`, ""}, {`"`, "."}, {`"a"`, "B c", `d"`},
	} {
		if got, err := SplitName(JoinName(parts...)); err != nil || !slices.Equal(got, parts) {
			t.Errorf("%q became %q, %v", parts, got, err)
		}
	}
	const want = `api.get_cars2.GetÜser."get user"`
	if got := JoinName("api", "get_cars2", "GetÜser", "get user"); got != want {
		t.Errorf("got %s, want quotes only where they are needed", got)
	}
}

func TestJoinNameQuotesOnlyWhereItMust(t *testing.T) {
	for want, parts := range map[string][]string{
		"api.get_user2":  {"api", "get_user2"},
		"api.GetÜser":    {"api", "GetÜser"},
		`api."Get User"`: {"api", "Get User"},
		`"a.b"."c""d"`:   {"a.b", `c"d`},
		`""`:             {""},
	} {
		if got := JoinName(parts...); got != want {
			t.Errorf("%q: %s, want %s", parts, got, want)
		}
	}
}
