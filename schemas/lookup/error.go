package lookup

import "fmt"

// Code is the code of an error of the service, after those of HTTP.
type Code int

// The codes.
const (
	// CodeBadRequest means that the question cannot be understood, or that the
	// source does not take such a key.
	CodeBadRequest Code = 400
	// CodeNotFound means that the source does not know the key.
	CodeNotFound Code = 404
	// CodeVersion means that the question is of a version that is not known.
	CodeVersion Code = 426
	// CodeInternal means that the service failed.
	CodeInternal Code = 500
	// CodeUnavailable means that whoever was asked does not own the partition, or
	// is still restoring it. Another attempt may help.
	CodeUnavailable Code = 503
)

// Error is a refusal of the service.
type Error struct {
	Code Code
	// Text says why, for people.
	Text string
}

// Error returns the reason.
func (e *Error) Error() string { return e.Text }

// Refuse makes an Error.
func Refuse(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf(format, args...)}
}
