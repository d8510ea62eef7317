package response

import (
	"database/sql"
	"errors"
	"testing"

	"github.com/moresql/moresql/row"
)

// Values stay in the places that the template gives them, whatever is in them.
func TestLocationEscapesValues(t *testing.T) {
	columns := []row.Column{{Name: "v", Kind: row.Text}}
	for _, test := range []struct {
		reason, template, value string
		want                    string // "" for an error
	}{
		{reason: "a segment", template: "/a/{v}/b", value: "x/y", want: "/a/x%2Fy/b"},
		{reason: "no scheme", template: "{v}", value: "javascript:x", want: "javascript%3Ax"},
		{reason: "no other host", template: "/{v}", value: "/evil", want: "/%2Fevil"},
		{reason: "a query", template: "/a?q={v}", value: "x&y=z", want: "/a?q=x%26y%3Dz"},
		{reason: "a fragment", template: "/a#{v}", value: "x y", want: "/a#x+y"},
		{reason: "dots next to text", template: "/v{v}", value: "..", want: "/v.."},
		{reason: "three dots are a name", template: "/{v}", value: "...", want: "/..."},
		{reason: "a segment becomes the directory above", template: "/a/{v}", value: ".."},
		{reason: "a segment becomes the directory itself", template: "/a/{v}/b", value: "."},
		{reason: "a segment becomes empty", template: "/{v}/evil", value: ""},
	} {
		got, err := Location(test.template, row.Of(columns, []any{test.value}))
		if got != test.want && test.want != "" || (err == nil) != (test.want != "") {
			t.Errorf("%s: %q, %v; want %q", test.reason, got, err, test.want)
		}
	}
}

func TestLocationWithoutARow(t *testing.T) {
	columns := []row.Column{{Name: "v", Kind: row.Text}}
	if got, err := Location("/thanks", row.Of(columns)); got != "/thanks" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := Location("/{v}", row.Of(columns)); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("%v, want sql.ErrNoRows", err)
	}
}
