package faulttest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/drivers/pq"
	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/row"
)

// TestPgBouncerNeverRunsAnotherStatement counts which function runs for a call whose statement is
// kept prepared: its own, or none where PgBouncer does not track prepared statements.
func TestPgBouncerNeverRunsAnotherStatement(t *testing.T) {
	uri := pgtest.URI(t)
	direct := setBounced(t, uri)
	const functions, clients = 20, 16
	for i := range functions {
		if _, err := direct.Exec(fmt.Sprintf(`CREATE FUNCTION bounce.own%d(a int) RETURNS int LANGUAGE sql
			AS 'INSERT INTO bounce.runs VALUES (%[1]d) RETURNING n'`, i)); err != nil {
			t.Fatal(err)
		}
	}
	type pooled struct {
		name, uri, driver, parameters string
		works                         bool
	}
	var off []string
	var tests []pooled
	if tracksStatements(t) {
		tracked := startPgBouncer(t, uri, "max_prepared_statements = 100")
		tests = []pooled{{name: "lib/pq, tracked", uri: tracked, driver: "drivers/pq",
			parameters: "&binary_parameters=yes", works: true},
			{name: "pgx, tracked", uri: tracked, driver: "pgx", works: true}}
		off = []string{"max_prepared_statements = 0"}
	}
	untracked := startPgBouncer(t, uri, off...)
	tests = append(tests,
		pooled{name: "lib/pq, not tracked", uri: untracked, driver: "drivers/pq",
			parameters: "&binary_parameters=yes"},
		pooled{name: "pgx exec, not tracked", uri: untracked, driver: "pgx",
			parameters: "&default_query_exec_mode=exec", works: true},
		pooled{name: "lib/pq, no pooler", uri: uri, driver: "drivers/pq", works: true})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			leaktest.Check(t)
			if _, err := direct.Exec("TRUNCATE bounce.runs"); err != nil {
				t.Fatal(err)
			}
			var own, others, refused, failed atomic.Int64
			m := moresql.New(openWay(t, test.driver, test.uri+test.parameters, clients), quiet,
				moresql.Shape(row.Scalar), moresql.Hooks{Error: func(e *moresql.Error) {
					if errors.Is(e, pq.ErrPooled) && e.Status == 500 {
						refused.Add(1)
					} else {
						failed.Add(1)
					}
				}})
			each := scale(500, 50)
			var all sync.WaitGroup
			for client := range clients {
				all.Go(func() {
					for i := range each {
						f := (7*client + 3*i) % functions
						w := call(m.Handler(fmt.Sprintf("bounce.own%d", f), moresql.Fields("a")), "/?a=1", "")
						if w.Code == 200 && w.Body.String() == fmt.Sprint(f) {
							own.Add(1)
						} else if w.Code == 200 {
							others.Add(1)
						}
					}
				})
			}
			all.Wait()
			var runs int64
			if err := direct.QueryRow("SELECT count(*) FROM bounce.runs").Scan(&runs); err != nil {
				t.Fatal(err)
			}
			calls := int64(clients * each)
			t.Logf("%d calls: %d ran their function, %d another, %d were refused, %d failed; %d runs", calls,
				own.Load(), others.Load(), refused.Load(), failed.Load(), runs)
			want := calls
			if !test.works {
				want = 0
			}
			if own.Load() != want || refused.Load() != calls-want || runs != want {
				t.Errorf("want %d runs and the other calls refused", want)
			}
		})
	}
}
