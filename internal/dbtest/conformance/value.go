package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A value is what an expression of the specification comes to: text_, jsonText, integer, list,
// pair or headerRule.
type value any

type (
	text_   string
	integer int
	list    []value
	pair    [2]value
)

// cannotRead is the reason why something of the specification is not understood.
type cannotRead string

// names are the values of names that the specification imports.
var names = map[string]value{
	"hAccept": text_("Accept"), "hContentType": text_("Content-Type"), "hRange": text_("Range"),
	"hContentLength": text_("Content-Length"), "hAuthorization": text_("Authorization"),
	"hContentRange": text_("Content-Range"), "hLocation": text_("Location"),
	"mempty": text_(""), "BL.empty": text_(""),
	"True": integer(1), "False": integer(0), "Nothing": integer(0),
	"methodGet": text_("GET"), "methodPost": text_("POST"), "methodPut": text_("PUT"),
	"methodPatch": text_("PATCH"), "methodDelete": text_("DELETE"), "methodHead": text_("HEAD"),
	"methodOptions": text_("OPTIONS"), "methodTrace": text_("TRACE"),
	"methodConnect":            text_("CONNECT"),
	"matchContentTypeJson":     typeRule("application/json"),
	"matchContentTypeSingular": typeRule("application/vnd.pgrst.object+json"),
	"matchCTArrayStrip":        typeRule("application/vnd.pgrst.array+json;nulls=stripped"),
	"matchCTSingularStrip":     typeRule("application/vnd.pgrst.object+json;nulls=stripped"),
	"planHdr":                  pair{text_("Accept"), text_("application/vnd.pgrst.plan+json")},
}

func typeRule(mediaType string) headerRule {
	return headerRule{name: "Content-Type", value: mediaType + "; charset=utf-8"}
}

// functions are those that the specification calls, with how many arguments they take.
var functions = map[string]struct {
	arity int
	call  func(r *reader, args []value) value
}{
	"acceptHdrs": {1, func(_ *reader, a []value) value {
		return list{pair{text_("Accept"), a[0]}}
	}},
	"rangeHdrs": {1, func(_ *reader, a []value) value { return rangeHeaders(a[0]) }},
	"rangeHdrsWithCount": {1, func(_ *reader, a []value) value {
		return append(list{pair{text_("Prefer"), text_("count=exact")}}, rangeHeaders(a[0])...)
	}},
	"ByteRangeFromTo": {2, func(_ *reader, a []value) value {
		return text_(fmt.Sprintf("%d-%d", a[0], a[1]))
	}},
	"ByteRangeFrom": {1, func(_ *reader, a []value) value {
		return text_(fmt.Sprintf("%d-", a[0]))
	}},
	"authHeaderJWT": {1, func(_ *reader, a []value) value {
		return pair{text_("Authorization"), text_("Bearer " + textOf(a[0]))}
	}},
	"generateJWT": {1, func(_ *reader, a []value) value {
		// The server of the harness checks no signature.
		claims := base64.RawURLEncoding.EncodeToString([]byte(textOf(a[0])))
		return text_("e30." + claims + ".x")
	}},
	"matchHeaderAbsent": {1, func(_ *reader, a []value) value {
		return headerRule{name: textOf(a[0]), absent: true}
	}},
	"matchHeaderValuePresent": {2, func(_ *reader, a []value) value {
		return headerRule{name: textOf(a[0]), value: textOf(a[1]), contains: true}
	}},
	"readFixtureFile": {1, func(r *reader, a []value) value {
		content, err := os.ReadFile(filepath.Join(r.folder, textOf(a[0])))
		if err != nil {
			panic(cannotRead(err.Error()))
		}
		return text_(content)
	}},
	"getInsertDataForTiobePlsTable": {1, func(_ *reader, a []value) value {
		var rows []string
		for i := 20; i <= int(a[0].(integer))+20; i++ {
			rows = append(rows, fmt.Sprintf(`{"name":"Lang %d","rank":%d}`, i, i))
		}
		return text_("[" + strings.Join(rows, ",") + "]")
	}},
	"JSON.encode": {1, func(_ *reader, a []value) value { return a[0] }},
	"fromList":    {1, func(_ *reader, a []value) value { return a[0] }},
	"Just":        {1, func(_ *reader, a []value) value { return a[0] }},
}

func rangeHeaders(r value) list {
	return list{pair{text_("Range-Unit"), text_("items")}, pair{text_("Range"), r}}
}

// expression reads terms and what joins them.
func (r *reader) expression() value {
	v := r.term()
	for {
		switch {
		case r.skip("<>"), r.skip("++"):
			v = join(v, r.term())
		case r.skip(":"):
			v = append(list{v}, r.expression().(list)...)
		case r.skip("<:>"):
			v = headerRule{name: textOf(v), value: textOf(r.term())}
		case r.is("::"):
			r.at += 2
		default:
			return v
		}
	}
}

func join(a, b value) value {
	if l, ok := a.(list); ok {
		return append(append(list{}, l...), b.(list)...)
	}
	return text_(textOf(a) + textOf(b))
}

func (r *reader) term() value {
	t := r.peek()
	r.at++
	switch {
	case t.kind == text:
		return text_(t.text)
	case t.kind == number:
		n, _ := strconv.Atoi(strings.ReplaceAll(t.text, "_", ""))
		return integer(n)
	case t.kind == quasi && strings.Contains(t.text, "#{"):
		panic(cannotRead("a value put into JSON"))
	case t.kind == quasi && t.name == "json":
		return jsonText(t.text)
	case t.kind == quasi:
		return text_(t.text)
	case t.text == "(":
		return r.group()
	case t.text == "[":
		return r.list()
	case t.kind == word:
		return r.named(t.text)
	}
	panic(cannotRead("an expression that begins with " + t.text))
}

func (r *reader) group() value {
	v := r.expression()
	if r.skip(",") {
		v = pair{v, r.expression()}
	}
	if !r.skip(")") {
		panic(cannotRead("parentheses with more in them"))
	}
	return v
}

func (r *reader) list() value {
	all := list{}
	for !r.skip("]") {
		all = append(all, r.expression())
		if !r.skip(",") && !r.is("]") {
			panic(cannotRead("a list with more in it"))
		}
	}
	return all
}

func (r *reader) named(name string) value {
	if v, ok := r.variables[name]; ok {
		return v
	}
	if v, ok := names[name]; ok {
		return v
	}
	if f, ok := functions[name]; ok {
		args := make([]value, f.arity)
		for i := range args {
			args[i] = r.argument()
		}
		return f.call(r, args)
	}
	if d, ok := r.definitions[name]; ok && len(d.params) == 0 {
		sub := &reader{folder: r.folder, definitions: r.definitions, tokens: d.body}
		return sub.expression()
	}
	panic(cannotRead("the name " + name))
}

func textOf(v value) string {
	switch v := v.(type) {
	case text_:
		return string(v)
	case jsonText:
		return string(v)
	}
	panic(cannotRead("something else where a text is wanted"))
}

func headersOf(v value) http.Header {
	h := http.Header{}
	all, ok := v.(list)
	if !ok {
		if v == text_("") {
			return h
		}
		panic(cannotRead("headers of another kind"))
	}
	for _, v := range all {
		p, ok := v.(pair)
		if !ok {
			panic(cannotRead("a header of another kind"))
		}
		h.Add(textOf(p[0]), textOf(p[1]))
	}
	return h
}
