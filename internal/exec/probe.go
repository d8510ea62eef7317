package exec

import (
	"context"
	"database/sql/driver"
)

// probe finds out whether a connection is lost behind a call that has failed or was left, where the driver has no driver.Validator to tell.
// pgx closes one whose context is done while it waits, and the pool would hand that on: it asks only who has been given it, and gives up
// when that has been in vain three times, which in a full pool fails a call of somebody else's.
func (s *session) probe() {
	resetter, ok := s.conn.(driver.SessionResetter)
	if _, tells := s.conn.(driver.Validator); tells || !ok || s.lost {
		return
	}
	s.hold(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), drainTime) // the call's own is over
		defer cancel()
		s.note(resetter.ResetSession(ctx))
		return nil
	})
}
