package filter

import (
	"errors"
	"strings"
	"testing"
)

// A value may be a password, so no error quotes it.
func TestErrorQuotesNoValue(t *testing.T) {
	messages := map[string]bool{}
	for _, c := range refused {
		for _, value := range []string{"hunter2" + c.value, c.value + "hunter2", c.value} {
			_, err := Parse([]Pair{{c.name, value}})
			var e *Error
			if !errors.As(err, &e) { // some are valid with more text
				continue
			}
			messages[e.Message] = true
			if strings.Contains(e.Error()+e.Hint, "hunter2") {
				t.Errorf("%s=%s: %v; %s", c.name, value, err, e.Hint)
			}
		}
	}
	if len(messages) < 20 {
		t.Errorf("only %d messages were seen", len(messages))
	}
	e := &Error{Param: strings.Repeat("x", 1000), Message: "m"}
	if len(e.Error()) > 100 {
		t.Errorf("a long name is quoted whole: %v", e)
	}
}

func TestOnlyFiltersMayBeRepeated(t *testing.T) {
	for _, name := range []string{"select", "order", "limit", "offset"} {
		_, err := Parse([]Pair{{name, "1"}, {"a", "eq.1"}, {name, "1"}})
		if err == nil || !strings.Contains(err.Error(), "more than once") {
			t.Errorf("%s twice: %v", name, err)
		}
	}
	q, err := Parse([]Pair{{"a", "gt.1"}, {"or", "(b.eq.1)"}, {"a", "lt.5"}, {"or", "(c.eq.1)"}})
	if err != nil || len(q.Where) != 4 {
		t.Errorf("filters repeated: %v, %v", q, err)
	}
}

func TestParseRefusesWhatExceedsALimit(t *testing.T) {
	list := func(n int, of, by string) string {
		return strings.Join(strings.Split(strings.Repeat(of, n), ""), by)
	}
	for _, c := range []struct {
		name string
		most int
		of   func(n int) []Pair
	}{
		{"select", maxItems, func(n int) []Pair { return []Pair{{"select", list(n, "a", ",")}} }},
		{"order", maxTerms, func(n int) []Pair { return []Pair{{"order", list(n, "a", ",")}} }},
		{
			name: "a path", most: maxSteps,
			of: func(n int) []Pair { return []Pair{{"select", "a" + strings.Repeat("->b", n)}} },
		},
		{"depth", maxDepth, func(n int) []Pair {
			return []Pair{{"and", strings.Repeat("(and", n-1) + "(a.eq.1" + strings.Repeat(")", n)}}
		}},
		{
			name: "filters", most: maxConditions,
			of: func(n int) []Pair {
				return []Pair{
					{"or", "(" + strings.Repeat("a.eq.1,", n/2-1) + "a.eq.1)"},
					{"and", "(" + strings.Repeat("a.eq.1,", n-n/2-1) + "a.eq.1)"},
				}
			},
		},
		{"a value", maxText, func(n int) []Pair { return []Pair{{"a", "eq." + strings.Repeat("x", n)}} }},
		{
			name: "a value in parentheses", most: maxText,
			of: func(n int) []Pair { return []Pair{{"or", "(a.eq." + strings.Repeat("x", n) + ")"}} },
		},
		{
			name: "a value of a list", most: maxText,
			of: func(n int) []Pair { return []Pair{{"a", "in.(x," + strings.Repeat("x", n) + ")"}} },
		},
		{
			name: "embedded resources", most: maxEmbeds,
			of: func(n int) []Pair {
				return []Pair{{"select", strings.TrimSuffix(strings.Repeat("a(),", n), ",")}}
			},
		},
		{
			name: "nested resources", most: maxDepth,
			of: func(n int) []Pair {
				return []Pair{{"select", strings.Repeat("a(", n) + "b" + strings.Repeat(")", n)}}
			},
		},
		{
			name: "a configuration", most: maxText,
			of: func(n int) []Pair { return []Pair{{"a", "fts(" + strings.Repeat("x", n) + ").x"}} },
		},
		{
			name: "a key", most: maxText,
			of: func(n int) []Pair { return []Pair{{"select", "a->" + strings.Repeat("x", n)}} },
		},
		{
			name: "a key in quotes", most: maxText,
			of: func(n int) []Pair { return []Pair{{`a->"` + strings.Repeat("x", n) + `"`, "eq.1"}} },
		},
		{
			name: "lists", most: maxValues,
			of: func(n int) []Pair {
				return []Pair{
					{"a", "in.(" + list(n/2, "1", ",") + ")"},
					{"b", "in.(" + list(n-n/2, "1", ",") + ")"},
				}
			},
		},
	} {
		if _, err := Parse(c.of(c.most)); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if _, err := Parse(c.of(c.most + 1)); err == nil || !strings.Contains(err.Error(), "too many") {
			t.Errorf("%s beyond the limit: %v", c.name, err)
		}
	}
}

func TestCheckFindsUnknownColumns(t *testing.T) {
	columns := []string{"id", "full name", "data"}
	for _, c := range []struct {
		name, value string
		pos         int // -1 for no error
		hint        string
	}{
		{name: "select", value: "*,id,n:full name,data->x", pos: -1},
		{name: "select", value: "id,dat->x", pos: 4, hint: `perhaps you mean "data"`},
		{name: "select", value: "x:idx", pos: 3, hint: `perhaps you mean "id"`},
		{name: "select", value: "ID", pos: 1, hint: `perhaps you mean "id"`},
		{name: "order", value: "id, full nam.desc", pos: 5, hint: `perhaps you mean "full name"`},
		{name: "full nane", value: "eq.1", pos: 0, hint: `perhaps you mean "full name"`},
		{
			name: "or", value: "(id.eq.1,not.and(data.is.null,date.is.null))", pos: 31,
			hint: `perhaps you mean "data"`,
		},
	} {
		q, err := Parse([]Pair{{c.name, c.value}})
		if err != nil {
			t.Fatal(err)
		}
		err = q.Check(columns)
		var e *Error
		switch {
		case c.pos < 0:
			if err != nil {
				t.Errorf("%s=%s: %v", c.name, c.value, err)
			}
		case !errors.As(err, &e) || e.Pos != c.pos || e.Hint != c.hint:
			t.Errorf("%s=%s: %v %q; want %d %q", c.name, c.value, err, e.Hint, c.pos, c.hint)
		}
	}
}
