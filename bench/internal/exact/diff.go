package exact

import (
	"encoding/json"
	"fmt"
	"strings"
)

// diff returns the first difference, in the order of want.
func diff(path string, got, want any) *Difference {
	same := false
	switch w := want.(type) {
	case object:
		if g, ok := got.(object); ok {
			return diffObjects(path, g, w)
		}
	case []any:
		if g, ok := got.([]any); ok {
			return diffLists(path, g, w)
		}
	case json.Number:
		g, ok := got.(json.Number)
		same = ok && equalNumbers(g.String(), w.String())
	default: // nil, a bool or a string: comparing a slice by == would panic
		switch got.(type) {
		case nil, bool, string:
			same = got == want
		}
	}
	if same {
		return nil
	}
	return &Difference{Path: path, Got: text(got), Want: text(want)}
}

func diffLists(path string, got, want []any) *Difference {
	for i := range max(len(got), len(want)) {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case i >= len(got):
			return &Difference{Path: at, Got: nothing, Want: text(want[i])}
		case i >= len(want):
			return &Difference{Path: at, Got: text(got[i]), Want: nothing}
		}
		if d := diff(at, got[i], want[i]); d != nil {
			return d
		}
	}
	return nil
}

func diffObjects(path string, got, want object) *Difference {
	rest := map[string][]any{}
	for _, m := range got {
		rest[m.name] = append(rest[m.name], m.value)
	}
	for _, m := range want {
		at := strings.TrimPrefix(path+"."+m.name, ".")
		values := rest[m.name]
		if len(values) == 0 {
			return &Difference{Path: at, Got: nothing, Want: text(m.value)}
		}
		if d := diff(at, values[0], m.value); d != nil {
			return d
		}
		rest[m.name] = values[1:]
	}
	for _, m := range got {
		if values := rest[m.name]; len(values) > 0 {
			at := strings.TrimPrefix(path+"."+m.name, ".")
			return &Difference{Path: at, Got: text(values[0]), Want: nothing}
		}
	}
	return nil
}

// text returns a value as JSON.
func text(v any) string {
	switch v := v.(type) {
	case object:
		members := make([]string, len(v))
		for i, m := range v {
			members[i] = text(m.name) + ":" + text(m.value)
		}
		return "{" + strings.Join(members, ",") + "}"
	case []any:
		elements := make([]string, len(v))
		for i, e := range v {
			elements[i] = text(e)
		}
		return "[" + strings.Join(elements, ",") + "]"
	case json.Number:
		return v.String()
	}
	doc, err := json.Marshal(v)
	if err != nil { // does not happen for nil, a bool or a string
		return err.Error()
	}
	return string(doc)
}
