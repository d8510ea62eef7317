package pgx

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A tx is a transaction that has begun, or was to begin, in a pipeline.
type tx struct {
	ctx  context.Context
	conn *pgx.Conn
	over bool // it was rolled back, and the connection cleaned, in the pipeline
}

func (t *tx) Commit() error {
	tag, err := t.conn.Exec(t.ctx, "COMMIT")
	if err == nil && tag.String() == "ROLLBACK" {
		err = pgx.ErrTxCommitRollback
	}
	if err != nil && t.conn.PgConn().TxStatus() != 'I' {
		t.conn.Close(t.ctx)
	}
	return err
}

// EndClean commits or rolls back, and then runs clean, which may hold several statements, in the
// same message: that nothing of the transaction stays on the connection costs no round trip, and a
// pooler cannot come in between. The error is that of the end; a connection that could not be
// cleaned is closed.
func (t *tx) EndClean(commit bool, clean string) error {
	if t.over {
		return nil
	}
	end := "ROLLBACK"
	if commit {
		end = "COMMIT"
	}
	results := t.conn.PgConn().Exec(t.ctx, end+"; "+clean)
	var tag pgconn.CommandTag
	if results.NextResult() {
		tag, _ = results.ResultReader().Close()
	}
	err := results.Close()
	if err != nil && tag.String() != "" || t.conn.PgConn().TxStatus() != 'I' {
		t.conn.Close(context.WithoutCancel(t.ctx))
	}
	switch tag.String() {
	case end:
		return nil
	case "ROLLBACK":
		return pgx.ErrTxCommitRollback
	}
	return err
}

// Over reports whether nothing is left to do.
func (t *tx) Over() bool { return t.over }

func (t *tx) Rollback() error {
	if t.conn.PgConn().TxStatus() == 'I' { // BEGIN has failed
		return nil
	}
	_, err := t.conn.Exec(t.ctx, "ROLLBACK")
	if err != nil {
		t.conn.Close(t.ctx)
	}
	return err
}
