package rest

import "github.com/moresql/moresql"

// A TxEnd says how the transaction of a call under Routines or Tables ends, as PostgREST's
// db-tx-end does (its documentation, "Transactions"). What has been rolled back is answered as what
// has been committed: for tests, and to try what a write would do.
type TxEnd uint8

const (
	Commit                TxEnd = iota // always, as without EndTx
	CommitAllowOverride                // unless the request has Prefer: tx=rollback
	Rollback                           // always
	RollbackAllowOverride              // unless the request has Prefer: tx=commit
)

// EndTx sets how the transaction of each call ends. Constraints that are deferred are checked
// before a rollback, too, on PostgreSQL. A call that does not run in a transaction is not rolled
// back: that of a procedure which ends its own, and of any other database than PostgreSQL under
// Routines.
func EndTx(e TxEnd) moresql.Option {
	return use(func(v *view) { v.txEnd = e })
}

// endBy decides how the transaction ends, which the field Preference-Applied says if the request
// has a choice.
func (q *viewing) endBy() {
	switch q.txEnd {
	case CommitAllowOverride, RollbackAllowOverride:
		q.undoes = q.prefer.tx == "rollback" ||
			q.prefer.tx == "" && q.txEnd == RollbackAllowOverride
	default:
		q.undoes = q.txEnd == Rollback
		if q.undoes || q.prefer.tx == "rollback" {
			q.prefer.leave("tx", &q.prefer.tx)
		}
		q.prefer.tx = ""
	}
}

// end has the transaction of a call end as it has been decided.
func (q *viewing) end(c *moresql.Call) {
	traits, _ := q.Traits()
	settings := spec(traits.Dialect).Settings()
	if !q.undoes || c.ReadOnly || !c.Atomic {
		return
	}
	if c.Undo = true; settings == nil { // which of them has deferred constraints does not check them
		return
	}
	more := c.More
	c.More = func(run runner) error {
		if more != nil {
			if err := more(run); err != nil {
				return err
			}
		}
		return runAll(run, settings.Check)
	}
}

// Filtered refuses PATCH and DELETE requests for all rows of a relation, those without a filter, as
// the extension pg-safeupdate does. A filter that all rows meet is one.
func Filtered() moresql.Option {
	return use(func(v *view) { v.filtered = true })
}
