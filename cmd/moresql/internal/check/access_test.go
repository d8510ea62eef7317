package check_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/moresql/moresql/cmd/moresql/internal/check"
	"github.com/moresql/moresql/internal/pgtest"
)

// A counter counts the transactions of its connections.
type counter struct{ begun int }

func (c *counter) TraceQueryStart(
	ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData,
) context.Context {
	if strings.HasPrefix(strings.ToLower(data.SQL), "begin") {
		c.begun++
	}
	return ctx
}

func (c *counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// A login may be able to take thousands of roles: a server that starts does not try each.
func TestAccessTriesFewRoles(t *testing.T) {
	config, err := pgx.ParseConfig(pgtest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	count := new(counter)
	config.Tracer = count
	db := stdlib.OpenDB(*config)
	defer db.Close()
	const roles = 60
	var create, drop []string
	for i := range roles {
		create = append(create, fmt.Sprintf("CREATE ROLE access_%d", i))
		drop = append(drop, fmt.Sprintf("DROP ROLE access_%d", i))
	}
	exec := func(statements ...string) {
		t.Helper()
		if _, err := db.Exec(strings.Join(statements, ";")); err != nil {
			t.Fatal(err)
		}
	}
	exec(create...)
	drop = append([]string{`DROP SCHEMA access, access_other, "Access.Two" CASCADE`}, drop...)
	defer func() { exec(drop...) }()
	exec("CREATE SCHEMA access", "GRANT USAGE ON SCHEMA access TO PUBLIC",
		"CREATE FUNCTION access.closed() RETURNS void LANGUAGE sql AS ''",
		"REVOKE EXECUTE ON FUNCTION access.closed FROM PUBLIC",
		"CREATE FUNCTION access.one() RETURNS void LANGUAGE sql AS ''",
		"REVOKE EXECUTE ON FUNCTION access.one FROM PUBLIC",
		"GRANT EXECUTE ON FUNCTION access.one TO access_59",
		"CREATE FUNCTION access.open() RETURNS void LANGUAGE sql AS ''",
		`CREATE FUNCTION access."Closed.Two"() RETURNS void LANGUAGE sql AS ''`,
		`REVOKE EXECUTE ON FUNCTION access."Closed.Two" FROM PUBLIC`,
		"CREATE SCHEMA access_other", "GRANT USAGE ON SCHEMA access_other TO PUBLIC",
		"CREATE FUNCTION access_other.one() RETURNS void LANGUAGE sql AS ''",
		`CREATE SCHEMA "Access.Two"`, `GRANT USAGE ON SCHEMA "Access.Two" TO access_59`,
		`CREATE FUNCTION "Access.Two".open() RETURNS void LANGUAGE sql AS ''`)
	for _, test := range []struct {
		reason, path, function, problem string
	}{
		{"another of the name is open to all", "access", "one", ""},
		{
			"nobody may execute it", "", "access.closed",
			"no role of requests has the right to EXECUTE it",
		},
		{"there is none", "", "access.none", "function access.none() does not exist"},
		{"it is not in the search path", "", "open", "function open() does not exist"},
		{"one of the last may", "", "access.one", ""},
		{"all may", "", "access.open", ""},
		{"one of the last may use the schema, in quotes", "", `"Access.Two".open`, ""},
		{"nobody may execute it, in quotes", "", `"access"."Closed.Two"`, "no role of requests has"},
	} {
		count.begun = 0
		s := check.Subject{DB: db, Tokens: true, PreRequest: test.function, Path: test.path}
		finding, err := s.Access(t.Context())
		if err != nil || (finding == nil) != (test.problem == "") ||
			finding != nil && !strings.Contains(finding.Problem, test.problem) {
			t.Errorf("%s: %+v, %v", test.reason, finding, err)
		}
		if count.begun > roles/2 {
			t.Errorf("%s: %d transactions", test.reason, count.begun)
		}
	}
}
