// Package contender holds the ways to serve rows as JSON that are measured: moresql's, and those that people use without it.
// Each is an endpoint, so that all do the same work between the request and the last byte.
package contender

import (
	"context"
	"net/http"

	"github.com/moresql/moresql/bench/internal/database"
)

// The names of those that are asked for one by one.
const (
	Drain      = "drain: rows.Next alone"
	MoreSQL    = "moresql"
	Buffered   = "hand-written, buffered"
	RowByRow   = "hand-written, row by row"
	Prepared   = "hand-written, prepared"
	MapScan    = "sqlx MapScan"
	Aggregated = "json_agg, read whole"
)

// Who writes the JSON.
const (
	Own        = "moresql"
	Std        = "encoding/json"
	GoJSON     = "goccy/go-json"
	Sonic      = "bytedance/sonic"
	PostgreSQL = "PostgreSQL"
)

// An ID names a contender.
type ID struct {
	Name   string `json:"contender"`
	JSON   string `json:"json,omitempty"` // who writes it
	Driver string `json:"driver,omitempty"`
}

// String writes it as the progress shows it.
func (id ID) String() string {
	text := id.Name
	if id.JSON != "" && id.JSON != id.Name {
		text += ", " + id.JSON
	}
	if id.Driver != "" {
		text += ", " + id.Driver
	}
	return text
}

// A Contender is one way to serve the rows of a function.
type Contender struct {
	ID
	MoreSQL bool // it is moresql's, and must be exact
	Silent  bool // it writes nothing
	Buffers bool // it has all rows in the program's memory at once
	open    opener
}

type opener func(context.Context, *database.Pools) (Func, error)

// Open makes the endpoint. Its statements live as long as the pools.
func (c Contender) Open(ctx context.Context, p *database.Pools) (Func, error) { return c.open(ctx, p) }

// A Func serves a request, as an http.HandlerFunc that can fail.
type Func func(http.ResponseWriter, *http.Request) error

// ServeHTTP implements http.Handler.
func (f Func) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := f(w, r); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// answerJSON sets the header that all answers have.
func answerJSON(w http.ResponseWriter) { w.Header().Set("Content-Type", "application/json") }
