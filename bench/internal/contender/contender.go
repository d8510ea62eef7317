// Package contender holds the measured ways to serve rows as JSON: those of moresql, and those
// that people use without it. Each is an endpoint, so that all do the same work between the
// request and the last byte.
package contender

import (
	"context"
	"net/http"
	"strings"

	"github.com/moresql/moresql/bench/internal/database"
)

// The names of contenders that other packages look up.
const (
	Wire       = "wire: rows read and dropped"
	Drain      = "drain: rows.Next alone"
	MoreSQL    = "moresql"
	ReadOnly   = "moresql, ReadOnly"
	Session    = "moresql, Session"
	RPC        = "moresql, RPC"
	RPCSession = "moresql, RPC, Session"
	Command    = "the command, RPC"
	PGBench    = "pgbench -M prepared"
	Buffered   = "hand-written, buffered"
	RowByRow   = "hand-written, row by row"
	Prepared   = "hand-written, prepared"
	MapScan    = "sqlx MapScan"
	Aggregated = "json_agg, read whole"
	Structs    = "pgx RowToStructByName"
)

// The writers of the JSON.
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
	JSON   string `json:"json,omitempty"` // the writer of the JSON
	Driver string `json:"driver,omitempty"`
}

// String returns the ID as the progress log shows it.
func (id ID) String() string {
	text := id.Name
	if !strings.HasPrefix(id.Name, id.JSON) {
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
	MoreSQL bool // must be exact
	Session bool // serves each request as the role of its token
	Silent  bool // writes nothing
	Buffers bool // holds all rows in the memory of the program at once
	open    opener
}

type opener func(context.Context, *database.Pools) (Func, error)

// Open returns the endpoint. Its statements live as long as the pools.
func (c Contender) Open(ctx context.Context, p *database.Pools) (Func, error) {
	return c.open(ctx, p)
}

// A Func serves a request. It is an http.HandlerFunc that can fail.
type Func func(http.ResponseWriter, *http.Request) error

// ServeHTTP implements http.Handler.
func (f Func) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := f(w, r); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// setJSON sets the header of a response.
func setJSON(w http.ResponseWriter) { w.Header().Set("Content-Type", "application/json") }
