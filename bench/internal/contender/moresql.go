package contender

import (
	"context"
	"net/http"

	"github.com/bytedance/sonic"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/gojson"
	"github.com/moresql/moresql/row"
)

// A Writer is an encoder of moresql together with the name of the JSON writer that it uses.
type Writer struct {
	Name    string
	Encoder encoder.Encoder
}

// Swapped returns encoders that can replace the default one.
func Swapped() []Writer {
	return []Writer{
		{Std, encoder.StdJSON()},
		{GoJSON, gojson.JSON()},
		{Sonic, encoder.Marshal(sonic.Marshal)},
	}
}

func moreSQL[T any](driver string, f dataset.Function[T]) Contender {
	return handler(ID{MoreSQL, Own, driver}, f)
}

func moreSQLWith[T any](driver string, f dataset.Function[T]) []Contender {
	var all []Contender
	for _, w := range Swapped() {
		all = append(all, handler(ID{MoreSQL, w.Name, driver}, f, moresql.Encoders(w.Encoder)))
	}
	return all
}

func moreSQLRow[T any](driver string, f dataset.Function[T]) Contender {
	return handler(ID{MoreSQL, Own, driver}, f, moresql.Shape(row.One))
}

// handler returns a handler of moresql, which replaces the code of an endpoint.
func handler[T any](id ID, f dataset.Function[T], options ...moresql.Option) Contender {
	open := func(_ context.Context, p *database.Pools) (Func, error) {
		options := append(options, moresql.Fields(f.Params...))
		h := moresql.New(p.SQL(id.Driver)).Handler(f.Name, options...)
		return func(w http.ResponseWriter, r *http.Request) error {
			h.ServeHTTP(w, r)
			return nil
		}, nil
	}
	return Contender{ID: id, MoreSQL: true, open: open}
}
