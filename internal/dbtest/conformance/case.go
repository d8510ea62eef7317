package main

import (
	"net/http"
	"strings"
)

// A testCase is one example of the specification: requests in their order, with what has to be the
// response to each.
type testCase struct {
	file    string
	line    int
	name    string
	config  map[string]value
	steps   []step
	skipped string // why the case cannot be tried, if it cannot
}

// A step is a request and what is expected of its response.
type step struct {
	line    int
	method  string
	path    string
	header  http.Header
	body    string
	status  int // 0 for any
	want    any // nil: any, a string, or jsonText
	headers []headerRule
}

// A jsonText is a body that is compared as JSON.
type jsonText string

// A headerRule is what is expected of one header.
type headerRule struct {
	name, value string
	absent      bool
	contains    bool
}

// A definition is a function or a value at the top of a source.
type definition struct {
	params []string
	body   []token
}

// A reader reads the examples of one source.
type reader struct {
	file        string
	folder      string // of fixtures
	definitions map[string]definition
	tokens      []token
	at          int
	config      map[string]value
	variables   map[string]value
	current     *testCase
	cases       []*testCase
}

// roots are the definitions that the specification's Main runs.
var roots = []string{
	"spec", "allowed", "disallowed", "forced", "specLegacyTargetNames", "disabledSpec",
}

// read returns the examples of a source.
func read(file, folder, source string) []*testCase {
	r := &reader{file: file, folder: folder, definitions: definitions(lex(source))}
	for _, root := range roots {
		d, ok := r.definitions[root]
		if !ok {
			continue
		}
		r.tokens, r.at = d.body, 0
		r.config, r.variables = map[string]value{}, map[string]value{}
		r.current = nil
		for r.at < len(r.tokens) {
			r.element()
		}
	}
	return r.cases
}

// definitions returns what a source defines.
func definitions(tokens []token) map[string]definition {
	all := map[string]definition{}
	for begin := 0; begin < len(tokens); {
		end := begin + 1
		for end < len(tokens) && !tokens[end].top {
			end++
		}
		line := tokens[begin:end]
		var params []string
		for i, t := range line[1:] {
			if t.text == "=" && t.kind == symbol {
				all[line[0].text] = definition{params, line[i+2:]}
				break
			}
			if t.kind != word {
				break
			}
			params = append(params, t.text)
		}
		begin = end
	}
	return all
}

func (r *reader) peek() token {
	if r.at < len(r.tokens) {
		return r.tokens[r.at]
	}
	return token{kind: symbol}
}

func (r *reader) is(text string) bool {
	t := r.peek()
	return t.text == text && (t.kind == symbol || t.kind == word)
}

func (r *reader) skip(text string) bool {
	if r.is(text) {
		r.at++
		return true
	}
	return false
}

// element reads what comes next outside of an expression.
func (r *reader) element() {
	t := r.peek()
	if t.kind != word {
		r.macro()
		return
	}
	switch t.text {
	case "withConfig", "withConfigDbs":
		r.at++
		r.configure()
	case "describe", "context":
		r.at += 2
		r.current = nil
	case "it":
		r.begin()
	case "pendingWith":
		r.unreadable("pending")
		r.at++
	case "let":
		r.at++
		r.try(r.bind)
	case "liftIO", "replicateM_", "threadDelay":
		r.unreadable("looks at the response by itself")
		r.at++
	case "get", "post", "put", "patch", "delete", "options", "request":
		r.try(r.request)
	default:
		r.expand()
	}
}

// try runs a part of the reader; what it cannot read makes the example unreadable.
func (r *reader) try(part func()) {
	begin := r.at
	defer func() {
		if reason := recover(); reason != nil {
			cannot, is := reason.(cannotRead)
			if !is {
				panic(reason)
			}
			r.unreadable(string(cannot))
			r.at = max(r.at, begin+1)
		}
	}()
	part()
}

func (r *reader) unreadable(reason string) {
	if r.current != nil && r.current.skipped == "" {
		r.current.skipped = reason
	}
}

func (r *reader) begin() {
	r.at++
	r.current = &testCase{file: r.file, line: r.peek().line, name: r.peek().text, config: r.config}
	r.cases = append(r.cases, r.current)
	r.at++
}

// configure reads what a server is configured with besides the defaults.
func (r *reader) configure() {
	r.config, r.variables = map[string]value{}, map[string]value{}
	inside := r.skip("(")
	if !r.skip("baseCfg") || !r.skip("{") {
		return
	}
	for !r.skip("}") {
		name := r.peek().text
		r.at += 2
		r.try(func() { r.config[name] = r.expression() })
		for !r.is(",") && !r.is("}") {
			r.at++
		}
		r.skip(",")
	}
	if inside {
		r.skip(")")
	}
}

// bind reads "name = expression" of a let.
func (r *reader) bind() {
	name := r.peek().text
	r.at++
	if !r.skip("=") {
		panic(cannotRead("a let with a pattern"))
	}
	r.variables[name] = r.expression()
}

// expand puts a definition of the source in the place of its name.
func (r *reader) expand() {
	name := r.peek().text
	r.at++
	d, ok := r.definitions[name]
	if ok && len(d.params) == 0 && r.peek().text != "`" {
		r.insert(d.body)
	} else if r.is("<-") {
		r.unreadable("looks at the response by itself")
	}
}

// macro puts a definition with two parameters in the place of its call: a `f` b.
func (r *reader) macro() {
	r.at++
	if r.tokens[r.at-1].text != "`" || r.at < 2 || r.at+2 >= len(r.tokens) {
		return
	}
	d, ok := r.definitions[r.peek().text]
	if !ok || len(d.params) != 2 {
		return
	}
	left, right := r.tokens[r.at-2], r.tokens[r.at+2]
	r.at += 3
	var body []token
	for _, t := range d.body {
		switch {
		case t.kind == word && t.text == d.params[0]:
			body = append(body, left)
		case t.kind == word && t.text == d.params[1]:
			body = append(body, right)
		default:
			body = append(body, t)
		}
	}
	r.insert(body)
}

func (r *reader) insert(body []token) {
	rest := r.tokens[r.at:]
	r.tokens = append(append(append([]token{}, r.tokens[:r.at]...), body...), rest...)
}

// request reads a request with what is expected of its response.
func (r *reader) request() {
	s := step{line: r.peek().line, header: http.Header{}}
	verb := r.peek().text
	r.at++
	s.method = strings.ToUpper(verb)
	if verb == "request" {
		s.method = string(r.term().(text_))
	}
	s.path = string(r.argument().(text_))
	if verb == "request" {
		s.header = headersOf(r.argument())
	}
	if verb == "request" || verb == "post" || verb == "put" || verb == "patch" {
		body := r.argument()
		if j, ok := body.(jsonText); ok { // its keys may be bare
			body = text_(lenient(string(j)))
		}
		s.body = textOf(body)
	}
	if verb == "post" || verb == "put" || verb == "patch" {
		s.header.Set("Content-Type", "application/json")
	}
	if !r.skip("`") || !r.skip("shouldRespondWith") || !r.skip("`") {
		r.unreadable("looks at the response by itself")
		return
	}
	r.expect(&s)
	if r.current != nil {
		r.current.steps = append(r.current.steps, s)
	}
}

// argument reads a term, or "$ expression".
func (r *reader) argument() value {
	if r.skip("$") {
		return r.expression()
	}
	return r.term()
}

// expect reads what follows shouldRespondWith.
func (r *reader) expect(s *step) {
	switch v := r.expression().(type) {
	case integer:
		s.status = int(v)
	case jsonText:
		s.status, s.want = 200, v
	case text_:
		s.status, s.want = 200, string(v)
	default:
		panic(cannotRead("an expectation of another kind"))
	}
	if !r.skip("{") {
		return
	}
	for !r.skip("}") {
		name := r.peek().text
		r.at += 2
		v := r.expression()
		switch name {
		case "matchStatus":
			s.status = int(v.(integer))
		case "matchHeaders":
			for _, rule := range v.(list) {
				s.headers = append(s.headers, rule.(headerRule))
			}
		default:
			panic(cannotRead("an expectation of " + name))
		}
		r.skip(",")
	}
}
