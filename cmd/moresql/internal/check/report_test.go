package check_test

import (
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/cmd/moresql/internal/check"
)

// Whoever may create a function must not control the terminal of who checks the database, nor add
// lines to the report.
func TestNameAddsNoLineToTheReport(t *testing.T) {
	name := "api.\"a\x1b]0;title\a\x1b[2J\n0 problems\r\u202e\u0085\"()"
	r := check.NewReport("PostgreSQL", new(catalog.Catalog).Current(), []check.Finding{
		{Check: check.Rights, Level: check.Problem, Object: name, Problem: name, Fix: "ALTER " + name},
	})
	var b strings.Builder
	if err := r.Print(&b); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\a\r\u202e\u0085") || strings.Contains(b.String(), "\n0") {
		t.Errorf("%q", b.String())
	}
}
