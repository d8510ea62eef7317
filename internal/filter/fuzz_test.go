package filter

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// FuzzParse checks that a query that is written as text again is parsed as the same query.
func FuzzParse(f *testing.F) {
	for _, c := range understood {
		f.Add(c.name, c.value)
	}
	for _, c := range refused {
		f.Add(c.name, c.value)
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		q, err := Parse([]Pair{{name, value}})
		if err != nil {
			e := (*Error)(nil)
			if !errors.As(err, &e) || e.Message == "" || e.Pos < 0 || e.Pos > len(value)+1 {
				t.Fatalf("%q=%q: an error without a place: %#v", name, value, err)
			}
			return
		}
		pairs := write(q)
		again, err := Parse(pairs)
		if err != nil {
			t.Fatalf("%q=%q was written as %q: %v", name, value, pairs, err)
		}
		forgetPlaces(q)
		if forgetPlaces(again); !reflect.DeepEqual(q, again) {
			t.Fatalf("%q=%q was written as %q and parsed as %+v, not %+v", name, value, pairs, again, q)
		}
	})
}

// write is the inverse of Parse.
func write(q *Query) (pairs []Pair) {
	if q.Select != nil {
		pairs = append(pairs, Pair{"select", commas(q.Select, writeItem)})
	}
	if q.Order != nil {
		pairs = append(pairs, Pair{"order", commas(q.Order, writeTerm)})
	}
	if q.Limit != nil {
		pairs = append(pairs, Pair{"limit", strconv.FormatInt(*q.Limit, 10)})
	}
	if q.Offset != nil {
		pairs = append(pairs, Pair{"offset", strconv.FormatInt(*q.Offset, 10)})
	}
	for _, c := range q.Where {
		prefix := ""
		if c.Not {
			prefix = "not."
		}
		if c.Of != nil {
			pairs = append(pairs, Pair{prefix + string(c.Op), "(" + commas(c.Of, writeCondition) + ")"})
		} else {
			asIs := func(s string) string { return s }
			pairs = append(pairs, Pair{writeField(c.Field), prefix + writeComparison(c, asIs)})
		}
	}
	return pairs
}

func commas[T any](list []T, write func(T) string) string {
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = write(v)
	}
	return strings.Join(texts, ",")
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func writeItem(item Item) string {
	switch {
	case item.All:
		return "*"
	case item.Embed != nil:
		return writeEmbed(item.Embed)
	}
	text := "count()"
	if item.Field.Column != "" {
		text = writeField(item.Field)
	}
	if item.Alias != "" {
		text = quote(item.Alias) + ":" + text
	}
	if item.Cast != "" {
		text += "::" + quote(item.Cast)
	}
	if item.Aggregate != "" && item.Field.Column != "" {
		text += "." + string(item.Aggregate) + "()"
	}
	if item.AggregateCast != "" {
		text += "::" + quote(item.AggregateCast)
	}
	return text
}

func writeEmbed(e *Embed) string {
	text := quote(e.Relation)
	if e.Alias != "" {
		text = quote(e.Alias) + ":" + text
	}
	if e.Spread {
		text = "..." + text
	}
	if e.Hint != "" {
		text += "!" + quote(e.Hint)
	}
	if e.Inner {
		text += "!inner"
	}
	return text + "(" + commas(e.Query.Select, writeItem) + ")"
}

func writeTerm(term Term) string {
	text := writeField(term.Field)
	if term.Embed != "" {
		text = quote(term.Embed) + "(" + text + ")"
	}
	if term.Desc {
		text += ".desc"
	}
	return text + []string{"", ".nullsfirst", ".nullslast"}[term.Nulls]
}

func writeField(f Field) string {
	text := quote(f.Column)
	for _, step := range f.Path {
		arrow, key := "->", quote(step.Key)
		if step.Text {
			arrow = "->>"
		}
		if step.Index {
			key = step.Key
		}
		text += arrow + key
	}
	return text
}

func writeCondition(c Condition) string {
	prefix := ""
	if c.Not {
		prefix = "not."
	}
	if c.Of != nil {
		return prefix + string(c.Op) + "(" + commas(c.Of, writeCondition) + ")"
	}
	return writeField(c.Field) + "." + prefix + writeComparison(c, quote)
}

func writeComparison(c Condition, value func(string) string) string {
	op := string(c.Op)
	if modifier := string(c.Each) + c.With; modifier != "" {
		op += "(" + modifier + ")"
	}
	if c.Op == In {
		return op + ".(" + commas(c.List, quote) + ")"
	}
	return op + "." + value(c.Value)
}
