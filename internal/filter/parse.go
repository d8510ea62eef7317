package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A parser parses the parameters of one request, one after the other.
type parser struct {
	param  string
	text   string
	pos    int
	inName bool // the text is the parameter's name

	named Field // at the end of the parameter's name

	conditions, values, selected, embeds int // so far, in all parameters
	depth                                int // of nested and, or
	level                                int // of nested embedded resources

	given map[string]bool // the parameters that may be given once, and have been
}

// open begins the value of a parameter. It returns the names of the embedded resources that the
// parameter's name begins with, and the word of the grammar that it ends with, "" for a column.
func (p *parser) open(pair Pair) (path []string, word string, err error) {
	for _, s := range []string{pair.Name, pair.Value} {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			return nil, "", &Error{
				Param:   strings.ToValidUTF8(pair.Name, "\uFFFD"),
				Message: "it has to be UTF-8 without NUL characters",
			}
		}
	}
	p.param, p.text, p.pos, p.inName = pair.Name, pair.Name, 0, true
	defer func() { p.text, p.pos, p.inName = pair.Value, 0, false }()
	for {
		if rest := p.text[p.pos:]; Reserved(rest) && (path == nil || rest != "select") {
			return path, rest, nil
		}
		if p.named, err = p.field(); err != nil {
			return nil, "", err
		}
		switch {
		case p.end():
			return path, "", nil
		case !p.take("."), p.named.Path != nil:
			return nil, "", p.fail(p.pos, "it names no column", quoteName)
		case len(path) == maxDepth:
			return nil, "", p.failMost(p.pos, maxDepth, "nested resources")
		}
		path = append(path, p.named.Column)
	}
}

func (p *parser) end() bool { return p.pos == len(p.text) }

// closed reports whether nothing is left but closing parentheses that nothing has opened, which
// mean nothing, and PostgREST ignores.
func (p *parser) closed() bool { return strings.Trim(p.text[p.pos:], ") \t") == "" }

func (p *parser) has(s string) bool { return strings.HasPrefix(p.text[p.pos:], s) }

func (p *parser) take(s string) bool {
	if !p.has(s) {
		return false
	}
	p.pos += len(s)
	return true
}

func (p *parser) space() {
	for p.has(" ") || p.has("\t") {
		p.pos++
	}
}

// takeSpaced takes s with the space before and after it.
func (p *parser) takeSpaced(s string) bool {
	start := p.pos
	p.space()
	if !p.take(s) {
		p.pos = start
		return false
	}
	p.space()
	return true
}

// until takes the text up to the first of some characters.
func (p *parser) until(chars string) string {
	text := p.text[p.pos:]
	if i := strings.IndexAny(text, chars); i >= 0 {
		text = text[:i]
	}
	p.pos += len(text)
	return text
}

// field parses a column with its path.
func (p *parser) field() (Field, error) {
	f, err := p.column()
	if err != nil {
		return f, err
	}
	return f, p.path(&f)
}

// column parses a column's name, in double quotes or without characters that mean something here.
func (p *parser) column() (f Field, err error) {
	p.space()
	f.Param, f.Pos = p.param, p.place(p.pos)
	f.Column, err = p.name("a column's name is missing", func(c rune) bool {
		return c == '_' || c == '$' || c == ' ' || c == '-' ||
			unicode.In(c, unicode.L, unicode.M, unicode.Nd)
	})
	return f, err
}

// path parses the steps after a column.
func (p *parser) path(f *Field) error {
	for p.take("->") {
		if len(f.Path) == maxSteps {
			return p.failMost(p.pos, maxSteps, "steps in a path")
		}
		step := Step{Text: p.take(">")}
		start := p.pos
		var err error
		step.Key, err = p.name("a key is missing after the arrow", func(c rune) bool {
			return !strings.ContainsRune("(:.,>)", c)
		})
		if err != nil {
			return err
		}
		isQuoted := p.text[start] == '"'
		step.Index = !isQuoted && isIndex(step.Key)
		const hint = "put the key of an object in double quotes"
		switch isNegative := !isQuoted && step.Key[0] == '-'; {
		case step.Index && len(step.Key) > maxIndex:
			return p.fail(start, "an array has no such element", hint)
		case isNegative && !step.Index:
			return p.fail(start, "digits are missing after the minus", hint)
		}
		f.Path = append(f.Path, step)
	}
	return nil
}

// maxIndex is how many characters an index may have: PostgreSQL's are of type integer.
const maxIndex = 9

// isIndex reports whether a key is the index of an element.
func isIndex(key string) bool {
	digits := strings.TrimPrefix(key, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

// name parses a name, in double quotes or of the allowed characters, and drops the space around it.
func (p *parser) name(missing string, allowed func(rune) bool) (string, error) {
	start := p.pos
	if p.has(`"`) {
		name, ok := p.quoted()
		if !ok {
			return "", p.fail(start, "the closing double quote is missing", "")
		}
		if name == "" {
			return "", p.fail(start, missing, "")
		}
		p.space()
		return name, p.checkLength(start, name)
	}
	for !p.end() && !p.has("->") {
		c, size := utf8.DecodeRuneInString(p.text[p.pos:])
		if !allowed(c) {
			break
		}
		p.pos += size
	}
	name := strings.Trim(p.text[start:p.pos], " \t")
	if name == "" {
		return "", p.fail(p.pos, missing, "")
	}
	return name, p.checkLength(start, name)
}

// checkLength refuses a name or value of more than maxText bytes.
func (p *parser) checkLength(pos int, text string) error {
	if len(text) > maxText {
		return p.failMost(pos, maxText, "bytes in a name or value")
	}
	return nil
}

// quoted takes a text in double quotes, in which a backslash escapes the character after it.
func (p *parser) quoted() (text string, ok bool) {
	var b strings.Builder
	for i := p.pos + 1; i < len(p.text); i++ {
		switch p.text[i] {
		case '"':
			p.pos = i + 1
			return b.String(), true
		case '\\':
			i++
		}
		if i < len(p.text) {
			b.WriteByte(p.text[i])
		}
	}
	return "", false
}
