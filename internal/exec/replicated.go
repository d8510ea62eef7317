package exec

import (
	"context"
	"errors"
)

// Replicated is a Querier made of two, the second of which serves calls that only read. Run looks
// for it, and runs a call on one of the two as it would if it had been given that.
type Replicated interface {
	Querier

	// Primary returns the Querier for calls that write, and for all where there is no replica.
	Primary() Querier

	// Replica returns the Querier for calls that only read, nil while it must not be used.
	Replica(context.Context) Querier

	// Report takes the error of a call that ran, or was to run, on the replica.
	Report(error)
}

// runReplicated is Run for a Querier that has a replica. What could not be sent to the replica, and
// only that, goes to the primary.
func runReplicated(
	ctx context.Context, db Replicated, statements []Statement, o Options,
) (*Result, error) {
	var replica Querier
	if o.Reads || o.ReadOnly {
		replica = db.Replica(ctx)
	}
	if replica == nil {
		return run(ctx, db.Primary(), statements, o)
	}
	r, err := run(ctx, replica, statements, o)
	if err == nil {
		r.replica = db
		return r, nil
	}
	if ctx.Err() != nil {
		return nil, err
	}
	db.Report(err)
	if !errors.As(err, new(*ConnectError)) {
		return nil, err
	}
	return run(ctx, db.Primary(), statements, o)
}
