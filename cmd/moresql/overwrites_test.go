package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What a file is written with would end the reading of the same one, by whatever name it is known.
func TestInputIsNotOverwritten(t *testing.T) {
	const text = "title,limit\nthe,1\n"
	file := write(t, "calls.csv", text)
	linked := filepath.Join(t.TempDir(), "link")
	if err := os.Link(file, linked); err != nil {
		t.Fatal(err)
	}
	into := []string{"import", "-into", "films", "-rejects"} // refused before a database is opened
	each := []string{"call", "get_films", "-failures"}
	for _, test := range []struct {
		reason, output, input string
		command               []string
		refused               bool
	}{
		{"the file of -rejects", file, file, into, true},
		{"another name of it", linked, file, into, true},
		{"what the shell reads", file, "-", into, true},
		{"the file of -failures", file, file, each, true},
		{"another name of it", linked, file, each, true},
		{"what the shell reads", file, "-", each, true},
		{"another file", filepath.Join(t.TempDir(), "failures"), file, each, false},
		{"what is no file", os.DevNull, os.DevNull, each, false},
	} {
		stdin, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		args := append(append([]string{}, test.command...), test.output)
		if args[0] == "call" {
			args = append(args, "-each")
		}
		var out bytes.Buffer
		status := process{nil, stdin, io.Discard, &out}.run(t.Context(), append(args, test.input))
		stdin.Close()
		if left, err := os.ReadFile(file); string(left) != text || err != nil {
			t.Fatalf("%s: the file is %q, %v", test.reason, left, err)
		}
		if refused := status == 2; refused != test.refused ||
			strings.Contains(out.String(), "would be lost") != test.refused {
			t.Errorf("%s: exit status %d: %s", test.reason, status, &out)
		}
	}
}
