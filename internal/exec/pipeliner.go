package exec

import (
	"context"
	"database/sql/driver"
)

// A Pipeliner is a driver.Conn that sends the statements at the beginning of a transaction
// together, instead of waiting for the response to BEGIN and to each of them. It is the contract
// between moresql and its connectors, which satisfy it structurally.
type Pipeliner interface {
	// BeginQuery begins a transaction, which is READ ONLY if readOnly is set, runs the statements
	// of texts with their arguments, args[i] those of texts[i], and returns the rows of the last.
	// There is at least one. Rows that the others return are discarded. Each statement is sent at
	// most once, and none is run after one that has failed. The first settings of them only change
	// settings of the transaction: where it is known that nothing else has run, the driver may roll
	// back and send all again.
	//
	// The Tx is not nil if the transaction may have begun, even if there is an error: it is rolled
	// back then. ctx may end while the rows are read, and ends them.
	//
	// Arguments have been through the connection's NamedValueChecker, if it has one. Nothing else
	// happens on the connection until the rows are closed, and no other transaction begins until
	// the Tx has ended.
	BeginQuery(
		ctx context.Context, readOnly bool, settings int, texts []string, args [][]driver.NamedValue,
	) (driver.Tx, driver.Rows, error)
}

// A Reader is a Pipeliner that sends a whole transaction that only reads together.
type Reader interface {
	// ReadQuery runs statements as BeginQuery does, in a READ ONLY transaction, then clean, "" for
	// nothing, and rolls back. What fails after the rows is no error of theirs: the Tx is ended in
	// any case, and does what is left to do, unless it is an Ender.
	ReadQuery(
		ctx context.Context, texts []string, args [][]driver.NamedValue, clean string,
	) (driver.Tx, driver.Rows, error)
}

// A Cleaner is a driver.Tx that ends and sends Options.Clean in one message. It is the contract
// with connectors, as Pipeliner is.
type Cleaner interface {
	// EndClean commits the transaction or rolls it back, and then runs clean, which may hold several
	// statements, on its connection. The error is that of the end: a connection that could not be
	// cleaned is closed.
	EndClean(commit bool, clean string) error
}

// An Ender is the driver.Tx of a Reader that knows whether there is anything left to do.
type Ender interface {
	// Over reports whether the transaction has been rolled back, and clean was run, after the rows.
	Over() bool
}

// A RawQueryer is a driver.Conn that has rows of its own for who reads them by package row, so that
// those of its QueryContext can be what its driver has for others.
type RawQueryer interface {
	// QueryRaw is like QueryContext of driver.QueryerContext. Its rows may be a row.RawRows.
	QueryRaw(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error)
}
