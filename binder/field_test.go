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

func TestCheckReportsConstraintsThatDoNotApply(t *testing.T) {
	for _, row := range []struct {
		why   string
		field binder.Field
		want  string // part of the message, "" for no mistake
	}{
		{"limits apply to a number", binder.Number("a").Min(0.5).Max(999999999999999), ""},
		{
			why:   "constraints of a text apply to a text",
			field: binder.Text("a").MinLen(1).MaxLen(2).Pattern("x").OneOf("x"), want: "",
		},
		{
			why:   "a method that applies to any field",
			field: binder.Date("a").NotNull().Optional().Default("2024-01-01").From(binder.Query()),
			want:  "",
		},
		{
			why:   "a limit does not apply to a text",
			field: binder.Text("a").Min(1), want: `the field "a": Min is for Int and Number only`,
		},
		{
			why:   "a limit does not apply to a header field without a type",
			field: binder.Header("a", "A").Max(1), want: `the field "a": Max is for Int and Number only`,
		},
		{"a length does not apply to a number", binder.Int("a").MaxLen(1), `MaxLen is for Text only`},
		{
			why:   "a length does not apply to a field without a type",
			field: binder.Field{Name: "a"}.MinLen(1), want: `MinLen is for Text only`,
		},
		{"a pattern does not apply to a date", binder.Date("a").Pattern("x"), `Pattern is for Text only`},
		{"a choice does not apply to a number", binder.Int("a").OneOf("1"), `OneOf is for Text only`},
		{
			why:   "a limit that a float64 cannot distinguish from its neighbor",
			field: binder.Int("a").Max(math.MaxInt64), want: `not below 1e15`,
		},
		{"NaN is no limit", binder.Int("a").Min(math.NaN()), `Min(NaN)`},
		{"infinity is no limit", binder.Int("a").Min(math.Inf(-1)), `Min(-Inf)`},
		{
			why:   "the first of two mistakes is reported",
			field: binder.Text("a").Min(1).OneOf("x").Max(2), want: `Min is for`,
		},
	} {
		err := binder.Check([]binder.Field{row.field}, nil)
		if (err != nil) != (row.want != "") || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", row.why, err, row.want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Pattern accepts a malformed expression")
		}
	}()
	binder.Text("a").Pattern("(")
}

func TestFieldMethodsReturnCopies(t *testing.T) {
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
		{why: "the base has no constraint of its copies", field: base, value: "rim", ok: true},
		{why: "a copy has its own constraint", field: choice, value: "red", ok: true},
		{why: "a copy has no constraint of another copy", field: other, value: "rose", ok: true},
		{why: "a copy refuses by its own constraint", field: choice, value: "rose", ok: false},
		{why: "the other copy refuses by its own constraint", field: other, value: "red", ok: false},
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

func TestNullIsNotAbsence(t *testing.T) {
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
			field: binder.Int("a").Min(1), body: `{"a": null}`, want: nil, present: true,
		},
		{
			line: where(), why: "NotNull refuses null",
			field: binder.Int("a").NotNull(), body: `{"a": null}`, want: nil,
			message: "a must not be null",
		},
		{
			line: where(), why: "NotNull refuses null for an optional field",
			field: binder.Int("a").NotNull().Optional(), body: `{"a": null}`, want: nil,
			message: "a must not be null",
		},
		{
			line: where(), why: "NotNull refuses null for a field without a type",
			field: binder.Field{Name: "a"}.NotNull(), body: `{"a": null}`, want: nil,
			message: "a must not be null",
		},
		{
			line: where(), why: "null is not absent",
			field: binder.Int("a").Default(5), body: `{"a": null}`, want: nil, present: true,
		},
		{
			line: where(), why: "an optional field is absent",
			field: binder.Int("a").Optional(), body: `{}`, want: nil,
		},
		{
			line: where(), why: "a default of any type",
			field: binder.Int("a").Default(5), body: `{}`, want: 5, present: true,
		},
		{
			line: where(), why: "a default is not checked",
			field: binder.Int("a").Min(9).Default("x"), body: `{}`, want: "x", present: true,
		},
		{
			line: where(), why: "a default of NULL",
			field: binder.Int("a").NotNull().Default(nil), body: `{}`, want: nil, present: true,
		},
		{
			line: where(), why: "a default does not replace a value",
			field: binder.Int("a").Default(5), body: `{"a": 7}`, want: "7", present: true,
		},
		{
			line: where(), why: "a required field is missing",
			field: binder.Int("a"), body: `{}`, want: nil,
			message: "missing parameter: a",
		},
		{
			line: where(), why: "a JSON string with a number is the same as the number",
			field: binder.Int("a"), body: `{"a": "7"}`, want: "7", present: true,
		},
		{
			line: where(), why: "a JSON number keeps its digits",
			field: binder.Number("a"), body: `{"a": 1.10}`, want: "1.10", present: true,
		},
		{
			line: where(), why: "a JSON number with a fraction is no whole number, even if that is 0",
			field: binder.Int("a"), body: `{"a": 7.0}`, want: nil,
			message: "a is not a whole number",
		},
		{
			line: where(), why: "JSON's true is a Bool",
			field: binder.Bool("a"), body: `{"a": true}`, want: "true", present: true,
		},
		{
			line: where(), why: "an array is no number",
			field: binder.Int("a"), body: `{"a": [1]}`, want: nil,
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

func TestGivenValuesAreNotChecked(t *testing.T) {
	called := false
	fields := []binder.Field{
		binder.Int("a").Min(1),
		binder.Header("b", "B"),
		binder.Value("c", func(*http.Request) (any, error) { called = true; return nil, nil }),
	}
	given := map[string]any{"a": "x", "b": nil, "c": 3}
	r := newRequest("GET", "/?a=0", "", "")
	values, _, err := binder.Bind(r, fields, given, binder.Defaults())
	checkValues(t, values, err, "x", nil, 3)
	if called {
		t.Error("the function of a Value is called for a given value")
	}
}

func TestBindReportsAllProblemsTogether(t *testing.T) {
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
			line: where(), why: "one field is at fault",
			query: "a=x", fields: []binder.Field{binder.Int("a")}, message: "a is not a whole number",
			want: []binder.Problem{{"a", "a is not a whole number"}},
		}, {
			line: where(), why: "one is missing",
			fields: fields("a", "b?"), message: "missing parameter: a",
			want: []binder.Problem{{"a", "missing parameter: a"}},
		}, {
			line: where(), why: "several are missing",
			fields: fields("a", "b"), message: "missing parameters: a, b",
			want: []binder.Problem{{"a", "missing parameter: a"}, {"b", "missing parameter: b"}},
		}, {
			line: where(), why: "every kind of fault, in the order of the fields",
			query: "a=0&b=1&b=2&d=1",
			fields: []binder.Field{
				binder.Int("a").Min(1), {Name: "b"}, binder.Header("c", "c-d"), {Name: "d"},
				binder.Value("e", refused), {Name: "f"},
			},
			message: "missing parameters: c (header C-D), f; a is less than 1; b is given 2 times; " +
				"signed in twice",
			want: []binder.Problem{
				{"a", "a is less than 1"},
				{"b", "b is given 2 times"},
				{"c", "missing parameter: c (header C-D)"},
				{"e", "signed in twice"},
				{"f", "missing parameter: f"},
			},
			cause: cause,
		}, {
			line: where(), why: "a refused field is not looked up again",
			query:   "a=x",
			fields:  []binder.Field{binder.Int("a").From(binder.Query(), binder.InHeader("A"))},
			message: "a is not a whole number", want: []binder.Problem{{"a", "a is not a whole number"}},
		}, {
			line: where(), why: "the request as a whole is at fault",
			query: "b=%zz", fields: []binder.Field{binder.Header("c", "C"), {Name: "b"}},
			message: "malformed query: a percent sign is not followed by two hexadecimal digits",
			want:    nil,
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
			if refusal.Status != 400 || refusal.Message != row.message ||
				!reflect.DeepEqual(refusal.Problems, row.want) {
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

func TestOtherErrorsPrecedeProblemsOfFields(t *testing.T) {
	for _, want := range []error{
		errors.New("broken"),
		&binder.Error{Status: 401, Message: "who are you"},
	} {
		fail := binder.Value("b", func(*http.Request) (any, error) { return nil, want })
		r, fields := newRequest("GET", "/?a=x", "", ""), []binder.Field{binder.Int("a"), fail}
		values, present, err := binder.Bind(r, fields, nil, binder.Defaults())
		if err != want || values != nil || present != nil {
			t.Errorf("got %v, %v, %v, want %v", values, present, err, want)
		}
	}
}
