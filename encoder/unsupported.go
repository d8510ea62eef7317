package encoder

// An UnsupportedError reports that a format cannot represent a result which another format may be
// able to represent. Before the response has begun it is 406 Not Acceptable for a client that has
// chosen the format among others.
type UnsupportedError struct{ Err error }

// Error implements error.
func (e *UnsupportedError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *UnsupportedError) Unwrap() error { return e.Err }
