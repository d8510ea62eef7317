package rest

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/moresql/moresql"
)

// FuzzCalls compares the calls that are read of an array with the elements that encoding/json sees
// in the whole: all of them if it is one, and an error that is the client's if it is not.
func FuzzCalls(f *testing.F) {
	for _, seed := range []string{
		``, `[]`, ` [ ] `, `[{"call":"f"}]`, `[{"call":"f","args":{"a":[1,{"b":null}]}},{"call":"g"}]`,
		`[1,"x",null]`, `[1,]`, `[,1]`, `[1 2]`, `[1`, `[1]]`, `[1] 2`, `{}`, `{"call":"f"}`, `null`,
		"[\"\xff\"]", `["\ud800"]`, `[1e999]`, `[01]`, "[\n1\r\n,\t2]", `[[]]`, `[}`, `]`,
		`1e700`, `[1] 1e700`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var want []json.RawMessage
		valid := json.Unmarshal([]byte(body), &want) == nil && want != nil // null is no array
		reader := newCallReader(strings.NewReader(body), false)
		for n := 0; ; n++ {
			text, err := reader.next()
			var refusal *moresql.Error
			switch {
			case err == io.EOF && valid && n == len(want):
				return
			case err == nil && (!valid || n < len(want) && text == string(want[n])):
				continue
			case err != nil && !valid && errors.As(err, &refusal) && refusal.Status == 400:
				return
			}
			t.Fatalf("%q: call %d is %q, %v, want %q", body, n, text, err, want)
		}
	})
}
