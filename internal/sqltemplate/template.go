// Package sqltemplate reads SQL statements with named parameters, as in WHERE id = :id, by the
// lexical rules of a dialect.
package sqltemplate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moresql/moresql/internal/dialect"
)

// A Template is one SQL statement with named parameters. It is safe for concurrent use.
type Template struct {
	Params []string // the names, each once, in order of first appearance

	dialect *dialect.Dialect
	verb    string   // the first word
	text    []string // the text around the parameters: one piece more than uses
	uses    []int    // uses[i] is the index in Params of the parameter between text[i] and text[i+1]
}

// An Error describes what is wrong with the text of a statement, and where.
type Error struct {
	Line, Column int // both from 1; the column counts characters
	Reason       string
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Reason)
}

// Parse reads one statement in d's SQL. A final semicolon, what follows it, and the space around
// the statement are left out; comments stay. An error about the text is an *Error.
//
// A parameter is a colon and a name, where a value can stand: not in a string, a quoted identifier
// or a comment, and not directly after a word or a closing quote or bracket. So a::int is a cast,
// and in PostgreSQL a[i:n] is a slice up to the column n, a[i: :n] one up to the parameter n, and
// JSON_OBJECT('k':v) takes the column v. In MySQL and SQLite, which have no such notations, a
// colon that begins neither a parameter nor := is an error.
//
// Strings are read as a server with default settings reads them: a backslash escapes in every
// string of MySQL, and elsewhere only in PostgreSQL's E'…'.
func Parse(d *dialect.Dialect, text string) (*Template, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	t := &Template{dialect: d}
	text = strings.TrimPrefix(text, "\uFEFF") // editors on Windows begin a file with it
	l := lexer{Lexing: &d.Lexing, database: d.Name, text: text}
	if err := l.checkText(); err != nil {
		return nil, err
	}
	var from int // where the current piece begins
	var statement bool
	stop := len(l.text)
	for pos := 0; pos < len(l.text); {
		kind, end, err := l.next(pos)
		switch {
		case err != nil:
			return nil, err
		case kind == blank:
		case stop < len(l.text):
			return nil, l.errorAt(pos, "more than one statement: a file holds one; "+
				"put the other into a file of its own")
		case kind == semicolon:
			stop = pos
		case kind == parameter:
			t.text = append(t.text, l.text[from:pos])
			t.uses = append(t.uses, t.index(l.text[pos+1:end]))
			from, statement = end, true
		default:
			if !statement {
				t.verb = l.text[pos:end]
			}
			statement = true
		}
		pos = end
	}
	if !statement {
		return nil, l.errorAt(stop, "no statement, only comments and space")
	}
	t.text = append(t.text, l.text[from:stop])
	t.trim()
	return t, nil
}

// index returns the place of a name in Params, where it adds one that is new.
func (t *Template) index(name string) int {
	i := slices.Index(t.Params, name)
	if i < 0 {
		i = len(t.Params)
		t.Params = append(t.Params, name)
	}
	return i
}

// IsQuery reports whether the statement begins with SELECT or VALUES: it only reads, unless a
// function in it writes, and may stand in the FROM of another statement.
func (t *Template) IsQuery() bool {
	return strings.EqualFold(t.verb, "SELECT") || strings.EqualFold(t.verb, "VALUES")
}

func (t *Template) trim() {
	last := len(t.text) - 1
	t.text[0] = strings.TrimLeft(t.text[0], spaces)
	t.text[last] = strings.TrimRight(t.text[last], spaces)
}

// Statement returns the statement with the dialect's placeholders. The i-th value to bind is that
// of Params[bind[i]]; the caller may change bind. Where placeholders are numbered, a parameter used
// twice is bound once.
func (t *Template) Statement() (query string, bind []int) {
	var b []byte
	for i, use := range t.uses {
		b = append(b, t.text[i]...)
		if t.dialect.Numbered {
			b = t.dialect.AppendPlaceholder(b, use+1)
		} else {
			b = t.dialect.AppendPlaceholder(b, i+1)
		}
	}
	b = append(b, t.text[len(t.uses)]...)
	if !t.dialect.Numbered {
		return string(b), slices.Clone(t.uses)
	}
	for i := range t.Params {
		bind = append(bind, i)
	}
	return string(b), bind
}
