package sqltext

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// SetConfig sets so many settings of PostgreSQL's until the transaction ends (manual, 9.28.1). Each takes two values, its name and what it is to be.
// Without any it still is a statement.
func SetConfig(n int) string {
	var b strings.Builder
	b.WriteString("SELECT 1")
	for i := range n {
		fmt.Fprintf(&b, ", set_config($%d, $%d, true)", 2*i+1, 2*i+2)
	}
	return b.String()
}

// ResponseSettings asks for what a procedure, whose call is no subquery, has set of its answer.
const ResponseSettings = "SELECT current_setting('response.status', true), current_setting('response.headers', true)"

// OfRole marks a statement as that of a role, so that each has a plan of its own where drivers keep statements: PostgreSQL looks at the right to
// EXECUTE a function that is inlined only when it plans, and a plan without parameters serves all roles. "" is no role.
func OfRole(role, query string) string {
	if role == "" {
		return query
	}
	sum := sha256.Sum256([]byte(role))
	return fmt.Sprintf("/* %x */ %s", sum[:8], query)
}
