package encoder

// An UnfitError says that a format has no room for a result, which another may have. To a client
// that has chosen the format among others it is 406 Not Acceptable, when the answer has not begun.
type UnfitError struct{ Err error }

// Error implements error.
func (e *UnfitError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *UnfitError) Unwrap() error { return e.Err }
