package dialect

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/moresql/moresql/internal/filter"
)

// isText reports whether a path ends in text, and not in JSON.
func isText(path []filter.Step) bool { return path != nil && path[len(path)-1].Text }

// indexOf returns the index of an array's element.
func indexOf(step filter.Step) int64 {
	n, _ := strconv.ParseInt(step.Key, 10, 32) // filter has checked it
	return n
}

// jsonPath returns a path as SQLite and MySQL read it. Only SQLite has the # from which an element
// is counted backwards.
func jsonPath(steps []filter.Step) string {
	var b strings.Builder
	b.WriteByte('$')
	for _, step := range steps {
		n := indexOf(step)
		switch {
		case !step.Index:
			b.WriteString(`."` + jsonEscaper.Replace(step.Key) + `"`)
		case n < 0:
			b.WriteString("[#" + strconv.FormatInt(n, 10) + "]")
		default:
			b.WriteString("[" + strconv.FormatInt(n, 10) + "]")
		}
	}
	return b.String()
}

var jsonEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// numberOf returns the number that a text spells, otherwise the text.
func numberOf(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if strings.Trim(text, "+-.0123456789eE") == "" { // no infinity, no digits of other bases
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return f
		}
	}
	return text
}

// truthOf returns 1 for the text true and 0 for false, otherwise the value.
func truthOf(value any) any {
	switch text, _ := value.(string); strings.ToLower(text) {
	case "true":
		return int64(1)
	case "false":
		return int64(0)
	}
	return value
}

// jsonText returns the text of a JSON string, and other JSON as it stands.
func jsonText(value string) any {
	var text string
	if strings.HasPrefix(value, `"`) && json.Unmarshal([]byte(value), &text) == nil {
		return text
	}
	return value
}
