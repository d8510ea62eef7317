package rest

import (
	"fmt"
	"strings"
	"testing"
)

// The rules are those of RFC 4180, 2, but that a line may end in LF alone.
func TestCSVArgs(t *testing.T) {
	for _, test := range []struct {
		reason, body, want string // the names and values, or the error
	}{
		{"nothing", "", ""},
		{"names alone", "a,b\r\n", ""},
		{"one line", "a,b\n1,2", "a=1 b=2"},
		{"the first of several lines", "a,b\r\n1,2\r\n3,4\r\n", "a=1 b=2"},
		{"empty values", "a,b\n,\n", "a= b="},
		{"quotation marks", "\"a\",b\n\"1,\"\"2\"\"\",\"\"\n", `a=1,"2" b=`},
		{"only quotation marks", "a\n\"\"\"\"\"\"\n", `a=""`},
		{"lines within", "a\n\"1\r\n2\n3\"\n", "a=1\r\n2\n3"},
		{"spaces are part of a value", "a, b\n 1 ,2\n", "a= 1   b=2"},
		{"too few values", "a,b\n1\n", "as many values"},
		{"too many in a later line", "a\n1\n1,2\n", "as many values"},
		{"a mark that is not closed", "a\n\"1\n", "as many values"},
		{"text after a mark", "a\n\"1\"2\n", "as many values"},
		{"a mark within", "a\n1\"2\n", "as many values"},
		{"CR alone", "a\r1\r", "as many values"},
		{"a name that is empty", "a,\n1,2\n", "an argument has no name"},
	} {
		args, err := csvArgs(test.body)
		var list []string
		for _, a := range args {
			list = append(list, a.Name+"="+a.Values[0])
		}
		got := strings.Join(list, " ")
		if err != nil {
			got = fmt.Sprint(err)
		}
		if got != test.want && (err == nil || !strings.Contains(got, test.want)) {
			t.Errorf("%s: %q, want %q", test.reason, got, test.want)
		}
	}
}
