package faulttest

import (
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/arrow"
	"github.com/moresql/moresql/encoder/msgpack"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/negotiate"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC
	code := m.Run()
	pgtest.Stop()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, "goroutines left over:", err)
		code = 1
	}
	os.Exit(code)
}

// scale returns how often something is done: all of it under make test-faults, else a small part.
func scale(all, some int) int {
	if os.Getenv("MORESQL_FAULTS") == "all" {
		return all
	}
	return some
}

// quiet is a logger for tests of errors.
var quiet = moresql.WithLogger(slog.New(slog.DiscardHandler))

// formats are all encoders that a client may choose from.
func formats() []encoder.Encoder {
	return []encoder.Encoder{
		encoder.JSON(), encoder.Compact(), encoder.NDJSON(), encoder.CSV(), encoder.HTML(),
		encoder.Envelope("rows"), msgpack.Encoder(), arrow.Encoder(),
	}
}

// offered lets the client choose.
func offered() moresql.Option { return moresql.Offer(negotiate.Accept, formats()...) }
