package sqltemplate

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/moresql/moresql/internal/dialect"
)

func FuzzParse(f *testing.F) {
	for n, of := range cases {
		for _, c := range of.parsed {
			f.Add(uint8(n), c.in)
		}
		for _, c := range of.refused {
			f.Add(uint8(n), c.in)
		}
	}
	f.Fuzz(func(t *testing.T, n uint8, text string) {
		d := cases[n%4].d
		if utf8.ValidString(text) && !strings.ContainsRune(text, 0) {
			checkQuoted(t, d, text)
		}
		tm, err := Parse(d, text)
		if err != nil {
			if e := (*Error)(nil); !errors.As(err, &e) || e.Line < 1 || e.Column < 1 || e.Reason == "" {
				t.Fatalf("%v: %q: an error without a place: %v", d, text, err)
			}
			return
		}
		checkRoundTrip(t, tm, text)
		checkBinds(t, tm)
		checkPlaceholdersSeen(t, tm)
		checkAgainstPattern(t, tm, text)
	})
}

// checkRoundTrip: with :name in place of the placeholders the statement is the text again.
func checkRoundTrip(t *testing.T, tm *Template, text string) {
	back := render(tm, func(use int) string { return ":" + tm.Params[use] })
	text = strings.TrimLeft(strings.TrimPrefix(text, "\uFEFF"), spaces)
	rest, ok := strings.CutPrefix(text, back)
	rest = strings.TrimLeft(rest, spaces)
	if !ok || rest != "" && rest[0] != ';' {
		t.Fatalf("%v: %q came back as %q", tm.dialect, text, back)
	}
}

func checkBinds(t *testing.T, tm *Template) {
	query, bind := tm.Statement()
	if tm.dialect.Numbered {
		if len(bind) != len(tm.Params) {
			t.Fatalf("%v: %q binds %v for %q", tm.dialect, query, bind, tm.Params)
		}
	} else {
		inText := strings.Count(strings.Join(tm.text, ""), "?")
		if strings.Count(query, "?")-inText != len(bind) {
			t.Fatalf("%v: %q binds %v", tm.dialect, query, bind)
		}
	}
	for i, name := range tm.Params {
		if !slices.Contains(bind, i) || slices.Index(tm.Params, name) != i {
			t.Fatalf("%v: %q: parameter %s of %q is not bound, or there twice",
				tm.dialect, query, name, tm.Params)
		}
	}
}

// A placeholder must not merge with the text around it: read again, it is refused as one, at its
// place.
func checkPlaceholdersSeen(t *testing.T, tm *Template) {
	for i := range min(len(tm.uses), 20) {
		n, at := -1, 0
		text := render(tm, func(use int) string {
			if n++; n == i {
				return string(tm.dialect.AppendPlaceholder(nil, use+1))
			}
			return ":" + tm.Params[use]
		})
		for j := range i {
			at += len(tm.text[j]) + 1 + len(tm.Params[tm.uses[j]])
		}
		at += len(tm.text[i])
		if strings.HasPrefix(text, "\uFEFF") {
			return // Parse takes off another byte order mark, so places differ
		}
		want := lexer{text: text}.errorAt(at, "").(*Error)
		var e *Error
		_, err := Parse(tm.dialect, text)
		isThere := errors.As(err, &e) && e.Line == want.Line && e.Column == want.Column
		if !isThere || !strings.Contains(e.Reason, "placeholder") {
			t.Fatalf("%v: the placeholder at %d:%d of %q is not seen as one: %v",
				tm.dialect, want.Line, want.Column, text, err)
		}
	}
}

func render(tm *Template, parameter func(use int) string) string {
	var b strings.Builder
	for i, use := range tm.uses {
		b.WriteString(tm.text[i] + parameter(use))
	}
	return b.String() + tm.text[len(tm.uses)]
}

// Whatever is quoted as the dialect quotes it stays as it is, and ends where it should.
func checkQuoted(t *testing.T, d *dialect.Dialect, s string) {
	literal := strings.ReplaceAll(s, "'", "''")
	if d == dialect.MySQL {
		literal = strings.ReplaceAll(literal, `\`, `\\`)
	}
	quoted := []string{
		"'" + literal + "'",
		"-- " + strings.NewReplacer("\n", "", "\r", "").Replace(s) + "\n",
		"/* " + strings.NewReplacer("*", "", "/", "").Replace(s) + " */",
	}
	if name, err := d.QuoteIdent(s); err == nil {
		quoted = append(quoted, name)
	}
	if d == dialect.PostgreSQL {
		quoted = append(quoted,
			"E'"+strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s)+"'",
			"$q$"+strings.ReplaceAll(s, "$", "")+"$q$")
	}
	for _, q := range quoted {
		tm, err := Parse(d, "SELECT "+q+", :p")
		if err != nil {
			t.Fatalf("%v: %s: %v", d, q, err)
		}
		if !slices.Equal(tm.Params, []string{"p"}) || tm.text[0] != "SELECT "+q+", " {
			t.Fatalf("%v: %s was read as %q around %q", d, q, tm.text, tm.Params)
		}
	}
}

// Where comments do not nest and strings have no tags, one regular expression finds the parameters:
// a second reading of the same text that shares nothing with the lexer.
var patterns = map[*dialect.Dialect]*regexp.Regexp{
	dialect.MySQL: regexp.MustCompile(
		`(?s)'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|` + "`(?:[^`]|``)*`" +
			`|#[^\n]*|--(?:[\x01-\x09\x0b-\x20\x7f][^\n]*|\n|$)|/\*.*?\*/` +
			`|:([\pL_][\pL\p{Nd}_]*)`),
	dialect.SQLite: regexp.MustCompile(
		`(?s)'(?:[^']|'')*'|"(?:[^"]|"")*"|` + "`(?:[^`]|``)*`" +
			`|\[(?:[^\]]|\]\])*\]|--[^\n]*|/\*.*?\*/|:([\pL_][\pL\p{Nd}_]*)`),
}

func checkAgainstPattern(t *testing.T, tm *Template, text string) {
	pattern := patterns[tm.dialect]
	if pattern == nil {
		return
	}
	var want, got []string
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		if m[1] != "" {
			want = append(want, m[1])
		}
	}
	for _, use := range tm.uses {
		got = append(got, tm.Params[use])
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%v: %q has the parameters %q, not %q", tm.dialect, text, want, got)
	}
}
