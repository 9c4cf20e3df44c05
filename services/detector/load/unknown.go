package load

// UnknownError says that a single signature was asked for by a name that
// nothing has. A bundle that comes later may have it.
type UnknownError struct{ err error }

// Error names the signature, and others that are near.
func (e *UnknownError) Error() string { return e.err.Error() }

// Unwrap returns the errors of the single names.
func (e *UnknownError) Unwrap() error { return e.err }
