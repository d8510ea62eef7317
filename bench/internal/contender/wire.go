package contender

import (
	"context"
	"net/http"

	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/dataset"
)

// OffTheWire reads the rows of a function as text, by pgconn, and drops them. Nothing is decoded
// and no memory taken for a row, so it is what any client has to do. The arguments of the function
// are texts, too.
func OffTheWire[T any](f dataset.Function[T], args ...string) Contender {
	params := make([][]byte, len(args))
	for i, arg := range args {
		params[i] = []byte(arg)
	}
	open := func(_ context.Context, p *database.Pools) (Func, error) {
		query := f.Query()
		return func(_ http.ResponseWriter, r *http.Request) error {
			conn, err := p.Native.Acquire(r.Context())
			if err != nil {
				return err
			}
			defer conn.Release()
			text := []int16{0} // the format of all columns
			rows := conn.Conn().PgConn().ExecParams(r.Context(), query, params, nil, nil, text)
			for rows.NextRow() {
				rows.Values()
			}
			_, err = rows.Close()
			return err
		}, nil
	}
	return Contender{ID: ID{Name: Wire, Driver: database.Native}, Silent: true, open: open}
}
