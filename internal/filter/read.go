package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A reader goes through the parameters of one request, and counts what it finds in all of them.
type reader struct {
	param  string
	text   string
	pos    int
	inName bool // the text is the parameter's name

	conditions, values, depth int
}

// open begins a parameter's value.
func (r *reader) open(pair Pair) error {
	for _, s := range []string{pair.Name, pair.Value} {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			return &Error{Param: strings.ToValidUTF8(pair.Name, "\uFFFD"), Message: "it has to be UTF-8 without NUL characters"}
		}
	}
	r.param, r.text, r.pos, r.inName = pair.Name, pair.Value, 0, false
	return nil
}

func (r *reader) end() bool { return r.pos == len(r.text) }

func (r *reader) has(s string) bool { return strings.HasPrefix(r.text[r.pos:], s) }

func (r *reader) take(s string) bool {
	if !r.has(s) {
		return false
	}
	r.pos += len(s)
	return true
}

func (r *reader) space() {
	for r.has(" ") || r.has("\t") {
		r.pos++
	}
}

// takeSpaced takes s with the space around it.
func (r *reader) takeSpaced(s string) bool {
	start := r.pos
	r.space()
	if !r.take(s) {
		r.pos = start
		return false
	}
	r.space()
	return true
}

// until takes the text before the first of some characters.
func (r *reader) until(chars string) string {
	text := r.text[r.pos:]
	if i := strings.IndexAny(text, chars); i >= 0 {
		text = text[:i]
	}
	r.pos += len(text)
	return text
}

// field reads a column with its path.
func (r *reader) field() (Field, error) {
	f, err := r.column()
	if err != nil {
		return f, err
	}
	return f, r.path(&f)
}

// column reads a column's name: in double quotes, or without characters that mean something here.
func (r *reader) column() (f Field, err error) {
	r.space()
	f.Param, f.Pos = r.param, r.place(r.pos)
	f.Column, err = r.name("a column's name is missing", func(c rune) bool {
		return c == '_' || c == '$' || c == ' ' || c == '-' || unicode.In(c, unicode.L, unicode.M, unicode.Nd)
	})
	return f, err
}

// path reads the steps behind a column.
func (r *reader) path(f *Field) error {
	for r.take("->") {
		if len(f.Path) == maxSteps {
			return r.failMost(r.pos, maxSteps, "steps in a path")
		}
		step := Step{Text: r.take(">")}
		start := r.pos
		var err error
		step.Key, err = r.name("a key is missing behind the arrow", func(c rune) bool { return !strings.ContainsRune("(:.,>)", c) })
		if err != nil {
			return err
		}
		if step.Index = r.text[start] != '"' && isIndex(step.Key); step.Index && len(step.Key) > 9 {
			return r.fail(start, "an array has no such element", "put the key of an object in double quotes")
		}
		f.Path = append(f.Path, step)
	}
	return nil
}

// isIndex reports whether a key is the number of an array's element.
func isIndex(key string) bool {
	digits := strings.TrimPrefix(key, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

// name reads a name in double quotes, or the characters that are allowed without, with the space around it left out.
func (r *reader) name(missing string, allowed func(rune) bool) (string, error) {
	start := r.pos
	if r.has(`"`) {
		name, ok := r.quoted()
		if !ok {
			return "", r.fail(start, "the closing double quote is missing", "")
		}
		if name == "" {
			return "", r.fail(start, missing, "")
		}
		r.space()
		return name, r.checkLength(start, name)
	}
	for !r.end() && !r.has("->") {
		c, size := utf8.DecodeRuneInString(r.text[r.pos:])
		if !allowed(c) {
			break
		}
		r.pos += size
	}
	name := strings.Trim(r.text[start:r.pos], " \t")
	if name == "" {
		return "", r.fail(r.pos, missing, "")
	}
	return name, r.checkLength(start, name)
}

// checkLength refuses a name or value of more than maxText bytes.
func (r *reader) checkLength(pos int, text string) error {
	if len(text) > maxText {
		return r.failMost(pos, maxText, "bytes in a name or value")
	}
	return nil
}

// quoted takes a text in double quotes, in which a backslash stands before a quote or a backslash.
func (r *reader) quoted() (text string, ok bool) {
	var b strings.Builder
	for i := r.pos + 1; i < len(r.text); i++ {
		switch r.text[i] {
		case '"':
			r.pos = i + 1
			return b.String(), true
		case '\\':
			i++
		}
		if i < len(r.text) {
			b.WriteByte(r.text[i])
		}
	}
	return "", false
}
