package binder_test

import (
	"errors"
	"math"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/moresql/moresql/binder"
)

func TestCheckMistakes(t *testing.T) {
	for _, row := range []struct {
		why   string
		field binder.Field
		want  string // part of the message, "" for no mistake
	}{
		{"a limit of a number", binder.Number("a").Min(0.5).Max(999999999999999), ""},
		{"constraints of a text", binder.Text("a").MinLen(1).MaxLen(2).Pattern("x").OneOf("x"), ""},
		{
			why:   "what any field may have",
			field: binder.Date("a").NotNull().Optional().Default("2024-01-01").From(binder.Query()),
			want:  "",
		},
		{"a limit of a text", binder.Text("a").Min(1), `the field "a": Min is for Int and Number only`},
		{
			why:   "a limit of a header field",
			field: binder.Header("a", "A").Max(1), want: `the field "a": Max is for Int and Number only`,
		},
		{"a length of a number", binder.Int("a").MaxLen(1), `MaxLen is for Text only`},
		{"a length of anything", binder.Field{Name: "a"}.MinLen(1), `MinLen is for Text only`},
		{"a pattern of a date", binder.Date("a").Pattern("x"), `Pattern is for Text only`},
		{"a choice of numbers", binder.Int("a").OneOf("1"), `OneOf is for Text only`},
		{
			why:   "a limit that a float64 does not tell from its neighbour",
			field: binder.Int("a").Max(math.MaxInt64), want: `not below 1e15`,
		},
		{"no limit", binder.Int("a").Min(math.NaN()), `Min(NaN)`},
		{"infinity", binder.Int("a").Min(math.Inf(-1)), `Min(-Inf)`},
		{
			why:   "the first mistake of two, which a later constraint does not hide",
			field: binder.Text("a").Min(1).OneOf("x").Max(2), want: `Min is for`,
		},
	} {
		err := binder.Check([]binder.Field{row.field}, nil)
		if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
			t.Errorf("%s: %v, want %q", row.why, err, row.want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a pattern that is none does not panic")
		}
	}()
	binder.Text("a").Pattern("(")
}

// A field may be kept and have more than one made of it.
func TestFieldsAreCopies(t *testing.T) {
	texts := []string{"red"}
	sources := []binder.Source{binder.InHeader("A")}
	base := binder.Text("a").MaxLen(4).Pattern("^r")
	choice, other, own := base.OneOf(texts...), base.MinLen(4), base.From(sources...)
	texts[0], sources[0] = "rose", binder.InHeader("B")

	for _, row := range []struct {
		why   string
		field binder.Field
		value string
		ok    bool
	}{
		{why: "what was made of it leaves it alone", field: base, value: "rim", ok: true},
		{why: "each has its own", field: choice, value: "red", ok: true},
		{why: "and not those of the other", field: other, value: "rose", ok: true},
		{why: "each has its own, which refuses", field: choice, value: "rose", ok: false},
		{why: "the other refuses too", field: other, value: "red", ok: false},
	} {
		if value, err := text(row.field, row.value); (err == nil) != row.ok {
			t.Errorf("%s: %v, %v", row.why, value, err)
		}
	}
	r := newRequest("GET", "/", "", "")
	r.Header.Set("A", "rim")
	values, _, err := binder.Bind(r, []binder.Field{own}, nil, nil)
	checkValues(t, values, err, "rim")
	if base.Optional(); base.IsOptional() {
		t.Error("Optional changes its field")
	}
}

func TestNullAndAbsent(t *testing.T) {
	for _, row := range []struct {
		line, why string
		field     binder.Field
		body      string
		want      any
		present   bool
		message   string
	}{
		{
			line: where(), why: "null passes every type and constraint",
			field: binder.Int("a").Min(1), body: `{"a": null}`, want: nil, present: true, message: "",
		},
		{
			line: where(), why: "unless it is refused",
			field: binder.Int("a").NotNull(), body: `{"a": null}`, want: nil, present: false,
			message: "a must not be null",
		},
		{
			line: where(), why: "also where the field may be absent",
			field: binder.Int("a").NotNull().Optional(), body: `{"a": null}`, want: nil, present: false,
			message: "a must not be null",
		},
		{
			line: where(), why: "and without a type",
			field: binder.Field{Name: "a"}.NotNull(), body: `{"a": null}`, want: nil, present: false,
			message: "a must not be null",
		},
		{
			line: where(), why: "null is not absent",
			field: binder.Int("a").Default(5), body: `{"a": null}`, want: nil, present: true,
			message: "",
		},
		{
			line: where(), why: "absent",
			field: binder.Int("a").Optional(), body: `{}`, want: nil, present: false, message: "",
		},
		{
			line: where(), why: "a default, of any type",
			field: binder.Int("a").Default(5), body: `{}`, want: 5, present: true, message: "",
		},
		{
			line: where(), why: "a default is not checked",
			field: binder.Int("a").Min(9).Default("x"), body: `{}`, want: "x", present: true,
			message: "",
		},
		{
			line: where(), why: "a default of NULL",
			field: binder.Int("a").NotNull().Default(nil), body: `{}`, want: nil, present: true,
			message: "",
		},
		{
			line: where(), why: "a default is for what is absent alone",
			field: binder.Int("a").Default(5), body: `{"a": 7}`, want: "7", present: true, message: "",
		},
		{
			line: where(), why: "missing",
			field: binder.Int("a"), body: `{}`, want: nil, present: false,
			message: "missing parameter: a",
		},
		{
			line: where(), why: "a JSON number and its text are the same",
			field: binder.Int("a"), body: `{"a": "7"}`, want: "7", present: true, message: "",
		},
		{
			line: where(), why: "a number of JSON keeps its digits",
			field: binder.Number("a"), body: `{"a": 1.10}`, want: "1.10", present: true, message: "",
		},
		{
			line: where(), why: "a JSON number that is not whole as it is written",
			field: binder.Int("a"), body: `{"a": 7.0}`, want: nil, present: false,
			message: "a is not a whole number",
		},
		{
			line: where(), why: "true of JSON",
			field: binder.Bool("a"), body: `{"a": true}`, want: "true", present: true, message: "",
		},
		{
			line: where(), why: "an array is no number",
			field: binder.Int("a"), body: `{"a": [1]}`, want: nil, present: false,
			message: "a is not a whole number",
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Log(row.line)
			r := newRequest("POST", "/", typeJSON, row.body)
			values, present, err := binder.Bind(r, []binder.Field{row.field}, nil, binder.Defaults())
			if row.message != "" {
				checkError(t, values, err, 400, "a", row.message)
				return
			}
			checkValues(t, values, err, row.want)
			if present[0] != row.present {
				t.Errorf("present is %t", present[0])
			}
		})
	}
}

// What the program gives wins, and nobody doubts it.
func TestGivenIsNotChecked(t *testing.T) {
	called := false
	fields := []binder.Field{
		binder.Int("a").Min(1), binder.Header("b", "B"), binder.Value("c", func(*http.Request) (any, error) { called = true; return nil, nil }),
	}
	values, _, err := binder.Bind(newRequest("GET", "/?a=0", "", ""), fields, map[string]any{"a": "x", "b": nil, "c": 3}, binder.Defaults())
	checkValues(t, values, err, "x", nil, 3)
	if called {
		t.Error("a function is called for a value that is there")
	}
}

func TestProblems(t *testing.T) {
	cause := errors.New("cause")
	refused := func(*http.Request) (any, error) {
		return nil, &binder.Error{Status: 400, Message: "signed in twice", Err: cause}
	}
	for _, row := range []struct {
		line, why, query string
		fields           []binder.Field
		message          string
		want             []binder.Problem
		cause            error
	}{
		{
			line: where(), why: "one",
			query: "a=x", fields: []binder.Field{binder.Int("a")}, message: "a is not a whole number",
			want: []binder.Problem{{"a", "a is not a whole number"}}, cause: nil,
		}, {
			line: where(), why: "one is missing",
			query: "", fields: fields("a", "b?"), message: "missing parameter: a",
			want: []binder.Problem{{"a", "missing parameter: a"}}, cause: nil,
		}, {
			line: where(), why: "several are missing",
			query: "", fields: fields("a", "b"), message: "missing parameters: a, b",
			want:  []binder.Problem{{"a", "missing parameter: a"}, {"b", "missing parameter: b"}},
			cause: nil,
		}, {
			line: where(), why: "all that can be wrong, in the order of the fields",
			query: "a=0&b=1&b=2&d=1",
			fields: []binder.Field{
				binder.Int("a").Min(1), {Name: "b"}, binder.Header("c", "c-d"), {Name: "d"},
				binder.Value("e", refused), {Name: "f"},
			},
			message: "missing parameters: c (header C-D), f; a is less than 1; b is given 2 times; " +
				"signed in twice",
			want: []binder.Problem{
				{
					"a", "a is less than 1",
				}, {
					"b", "b is given 2 times",
				}, {
					"c", "missing parameter: c (header C-D)",
				},
				{"e", "signed in twice"}, {"f", "missing parameter: f"},
			},
			cause: cause,
		}, {
			line: where(), why: "a field that is refused is looked up no further",
			query:   "a=x",
			fields:  []binder.Field{binder.Int("a").From(binder.Query(), binder.InHeader("A"))},
			message: "a is not a whole number", want: []binder.Problem{{"a", "a is not a whole number"}},
			cause: nil,
		}, {
			line: where(), why: "the request as a whole",
			query: "b=%zz", fields: []binder.Field{binder.Header("c", "C"), {Name: "b"}},
			message: "malformed query: a percent sign is not followed by two hexadecimal digits",
			want:    nil, cause: nil,
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Log(row.line)
			r := newRequest("GET", "/", "", "")
			r.URL.RawQuery = row.query
			r.Header.Set("A", "1")
			_, _, err := binder.Bind(r, row.fields, nil, binder.Defaults())
			var refusal *binder.Error
			if !errors.As(err, &refusal) {
				t.Fatalf("error %v", err)
			}
			if refusal.Message != row.message || !reflect.DeepEqual(refusal.Problems, row.want) || refusal.Status != 400 {
				t.Errorf("got %+v", refusal)
			}
			if row.want != nil && refusal.Field != row.want[0].Field {
				t.Errorf("the first field is %q", refusal.Field)
			}
			if row.cause != nil && !errors.Is(err, row.cause) {
				t.Errorf("%v does not unwrap to the cause", err)
			}
		})
	}
}

// An error that is not about one field ends Bind, whatever else is wrong.
func TestOtherErrorsGoFirst(t *testing.T) {
	for _, want := range []error{errors.New("broken"), &binder.Error{Status: 401, Message: "who are you"}} {
		fail := binder.Value("b", func(*http.Request) (any, error) { return nil, want })
		values, present, err := binder.Bind(newRequest("GET", "/?a=x", "", ""), []binder.Field{binder.Int("a"), fail}, nil, binder.Defaults())
		if err != want || values != nil || present != nil {
			t.Errorf("got %v, %v, %v, want %v", values, present, err, want)
		}
	}
}
