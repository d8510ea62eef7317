package query

// IsGarbled reports whether the database has sent an error that its driver could not read, for it is long.
func IsGarbled(err error) bool { return isGarbled(err) }
