package binder_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/moresql/moresql/binder"
)

func ExampleField_Describe() {
	doors := binder.Int("doors").Min(1).Max(9).Default(4).Describe()
	fmt.Println(doors.Schema, doors.Required)
	tenant := binder.UUID("tenant").From(binder.InHeader("Tenant-Id")).Describe()
	fmt.Println(tenant.Schema, tenant.In, tenant.Place, tenant.Required)
	// Output:
	// {"type":"integer","minimum":1,"maximum":9,"default":4} false
	// {"type":"string","format":"uuid"} header Tenant-Id true
}

// Each kind and each constraint says the same in JSON Schema.
func TestDescriptionOfFields(t *testing.T) {
	user := func(*http.Request) (any, error) { return "ada", nil }
	for _, test := range []struct {
		field binder.Field
		want  binder.Description
	}{
		{binder.Any("a"), binder.Description{Schema: `{}`, Required: true}},
		{binder.Any("a").Optional(), binder.Description{Schema: `{}`}},
		{binder.Out("a"), binder.Description{Schema: `{}`, In: "none"}},
		{
			binder.Number("a").Min(-0.1),
			binder.Description{Schema: `{"type":"number","minimum":-0.1}`, Required: true},
		},
		{
			binder.Text("a").MinLen(1).MaxLen(3).Pattern(`^[a-z]+$`),
			binder.Description{
				Schema:   `{"type":"string","minLength":1,"maxLength":3,"pattern":"^[a-z]+$"}`,
				Required: true,
			},
		},
		{
			binder.Text("a").Pattern(`(?i)x`), // which JSON Schema does not have
			binder.Description{Schema: `{"type":"string"}`, Required: true},
		},
		{
			binder.Text("a").OneOf("S", "M"),
			binder.Description{Schema: `{"type":"string","enum":["S","M"]}`, Required: true},
		},
		{binder.Bool("a"), binder.Description{Schema: `{"type":"boolean"}`, Required: true}},
		{
			binder.Date("a"),
			binder.Description{Schema: `{"type":"string","format":"date"}`, Required: true},
		},
		{
			binder.Bytes("a"),
			binder.Description{
				Schema: `{"type":"string","pattern":"^\\\\x([0-9A-Fa-f]{2})*$"}`, Required: true,
			},
		},
		{binder.Array("a"), binder.Description{Schema: `{"type":"array"}`, Required: true}},
		{
			binder.Cookie("a", "session"),
			binder.Description{Schema: `{}`, In: "cookie", Place: "session", Required: true},
		},
		{binder.BodyText("a"), binder.Description{Schema: `{}`, In: "whole", Required: true}},
		{binder.File("a"), binder.Description{Schema: `{}`, In: "file", Required: true}},
		{binder.Value("a", user), binder.Description{Schema: `{}`, In: "none", Required: true}},
	} {
		if got := test.field.Describe(); got != test.want {
			t.Errorf("%+v, want %+v", got, test.want)
		}
	}
}
