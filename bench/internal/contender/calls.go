package contender

import (
	"context"
	"net/http"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

// called are the drivers that small calls go through.
var called = []string{database.PQ, database.Kept, database.Direct}

// Calls returns the contenders that serve the only row of a function, as Singles does, with all
// ways of moresql to call it and what a good developer writes for each driver.
func Calls[T any](f dataset.Function[T]) []Contender {
	var all []Contender
	for _, driver := range called {
		all = append(all,
			moreSQLRow(driver, f),
			handler(ID{ReadOnly, Own, driver}, f, moresql.Shape(row.One), moresql.ReadOnly()),
			routine(ID{RPC, Own, driver}))
	}
	return append(all,
		preparedRow(database.PQ, f), preparedRow(database.PGX, f), nativeRow(f))
}

// Sessions returns contenders that serve the only row of a function to whom a token names: bare,
// as one statement by the login of the pool, and as the role and with the claims of the token. All
// of them verify it.
func Sessions[T any](f dataset.Function[T], options ...moresql.Option) []Contender {
	session := append(options, rest.Session(identify))
	var all []Contender
	for _, driver := range called {
		bare := moreSQLRow(driver, f)
		bare.open = authenticated(bare.open)
		one := append([]moresql.Option{moresql.Shape(row.One)}, session...)
		all = append(all, bare,
			inSession(handler(ID{Session, Own, driver}, f, one...)),
			inSession(routine(ID{RPCSession, Own, driver}, session...)))
	}
	return all
}

func inSession(c Contender) Contender {
	c.Session = true
	return c
}

// Pages returns the contenders that serve some hundred rows of a function.
func Pages[T any](f dataset.Function[T]) []Contender {
	var all []Contender
	for _, driver := range called {
		all = append(all, moreSQL(driver, f), routine(ID{RPC, Own, driver}))
	}
	return append(all,
		buffered(database.PQ, f, std), buffered(database.PGX, f, std), nativeStructs(f))
}

// routine returns a handler of all functions of the schema, each at /rpc/ and its name.
func routine(id ID, options ...moresql.Option) Contender {
	open := func(ctx context.Context, p *database.Pools) (Func, error) {
		cat, err := catalog.Load(ctx, p.PQ, "public")
		if err != nil {
			return nil, err
		}
		routines := rest.Routines(moresql.New(p.SQL(id.Driver), options...), cat)
		h := http.StripPrefix("/rpc", routines)
		return func(w http.ResponseWriter, r *http.Request) error {
			h.ServeHTTP(w, r)
			return nil
		}, nil
	}
	return Contender{ID: id, MoreSQL: true, open: open}
}
