package binder

// An Error says what is wrong with a request, with the HTTP status that answers it.
// Its texts are for the client: they hold no value that was sent. Err may quote some of it and is for the program's log.
type Error struct {
	Status  int    // 400, 413 or 415
	Field   string // the first field it is about, or ""
	Message string // what is wrong: lower case, no full stop
	Hint    string // what to do about it, as a sentence, or ""
	Err     error  // the cause, or nil
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.Err }
