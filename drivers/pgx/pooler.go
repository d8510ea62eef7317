package pgx

import (
	"context"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

// trackedQuery is prepared under this name, and returns whether the process that runs it has it
// under the name, too.
const (
	trackedName  = "moresql_tracked"
	trackedQuery = "SELECT pg_catalog.pg_backend_pid(), EXISTS (" +
		"SELECT FROM pg_catalog.pg_prepared_statements WHERE name = '" + trackedName + "')"
)

// tracked reports whether statements stay prepared on a new connection: it leads to the process of
// the server that has accepted it, or to a pooler that gives statements names of its own, as one
// that keeps track of them does. Another pooler would run them for other clients; one in session
// mode looks the same. All is sent together, and so reaches one process.
func tracked(ctx context.Context, conn *pgconn.PgConn) (bool, error) {
	p := conn.StartPipeline(ctx)
	p.SendPrepare(trackedName, trackedQuery, nil)
	p.SendQueryPrepared(trackedName, nil, nil, nil)
	p.SendDeallocate(trackedName)
	kept := false
	err := p.Sync()
	for err == nil {
		var result any
		result, err = p.GetResults()
		switch r := result.(type) {
		case *pgconn.ResultReader:
			if r.NextRow() {
				process, named := string(r.Values()[0]), string(r.Values()[1])
				kept = process == strconv.FormatUint(uint64(conn.PID()), 10) || named == "f"
			}
			_, err = r.Close()
		case *pgconn.PipelineSync:
			return kept, p.Close()
		}
	}
	p.Close()
	if errors.As(err, new(*pgconn.PgError)) { // as that another client has left the name
		return false, nil
	}
	return false, err
}
