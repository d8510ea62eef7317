package faulttest

import (
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/arrow"
	"github.com/moresql/moresql/encoder/msgpack"
	"github.com/moresql/moresql/internal/pgtest"
	"go.uber.org/goleak"
)

// TestMain stops the servers that tests have started, and fails if goroutines are left.
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

// scale returns all under make test-faults, else some.
func scale(all, some int) int {
	if os.Getenv("MORESQL_FAULTS") == "all" {
		return all
	}
	return some
}

// quiet discards the log of a test that provokes errors.
var quiet = moresql.Hooks{Logger: slog.New(slog.DiscardHandler)}

// formats returns the encoders that a client may choose from.
func formats() []encoder.Encoder {
	return []encoder.Encoder{
		encoder.JSON(), encoder.Compact(), encoder.NDJSON(), encoder.CSV(), encoder.HTML(),
		encoder.Envelope("rows"), msgpack.Encoder(), arrow.Encoder(),
	}
}

// prepare runs statements that set up a test.
func prepare(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s\n%v", s, err)
		}
	}
}

// offered lets a client choose among formats.
func offered() moresql.Option { return moresql.Encoders(formats()...) }
