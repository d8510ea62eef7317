package main

import (
	"strings"
	"testing"
)

// A flag on the line that a subcommand would ignore is refused: what it says would not be so. The
// environment is that of all commands.
func TestSubcommandsRefuseFlagsThatMeanNothing(t *testing.T) {
	for _, test := range []struct{ sub, refused string }{
		{"call f", "-tx-end=rollback -max-rows=1 -tables"},
		{"import x.csv -into x", "-tx-end=rollback -timeout=1s -sql=q -superuser -anon-role=web"},
		{"check", "-tables -limit-rows=1 -superuser -init -jwt-aud=x"},
		{"mcp", "-addr=:0 -tables -csv-guard=always -mcp -write-timeout=1s -openapi=disabled"},
		{"openapi", "-addr=:0 -max-rows=1 -tx-end=rollback -openapi=disabled -pre-request=f"},
	} {
		words := strings.Fields(test.sub)
		for flag := range strings.FieldsSeq(test.refused) {
			name, _, _ := strings.Cut(flag, "=")
			stdout, stderr, status := called(t, "", "", nil, append(words, flag)...)
			want := "moresql: " + name + " means nothing to moresql " + words[0] + ": leave it out; "
			if status != 2 || stdout != "" || !strings.HasPrefix(stderr, want) {
				t.Errorf("%s %s: exit status %d, %s%s", test.sub, flag, status, stdout, stderr)
			}
		}
		stdout, _, _ := called(t, "", "", nil, words[0], "-h")
		_, held, _ := strings.Cut(stdout, "\nFlags of moresql -h that hold here, too:\n\n")
		if !strings.Contains(held, "-database-uri") || strings.Contains(held, "-addr") {
			t.Errorf("%s -h says %s", words[0], stdout)
		}
	}
	shared := []string{"MORESQL_ADDR=:0", "MORESQL_MAX_ROWS=1", "MORESQL_CSV_GUARD=always"}
	stdout, stderr, status := called(t, "", "", shared, "openapi")
	if status != 0 || !strings.Contains(stdout, `"/films"`) {
		t.Errorf("exit status %d, %s%s", status, stdout, stderr)
	}
	args := []string{"mcp", "-log-format", "json"}
	_, stderr, status = called(t, "", "", []string{"MORESQL_NOPE=1"}, args...)
	if status != 0 || !strings.Contains(stderr, `"level":"WARN","msg":"MORESQL_NOPE in`) {
		t.Errorf("%q: exit status %d, %s", args, status, stderr)
	}
}
