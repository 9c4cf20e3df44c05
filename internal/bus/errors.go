package bus

import "errors"

var (
	// ErrTooLarge says that a message is larger than the broker accepts.
	ErrTooLarge = errors.New("message too large for the broker")
	// ErrDenied says that the credentials do not allow it.
	ErrDenied = errors.New("not allowed by the broker")
	// ErrFull says that the stream or the broker has no space left: a cause to
	// wait, not to give up.
	ErrFull = errors.New("no space left in the broker")
	// ErrInvalid says that a message cannot be published as it is.
	ErrInvalid = errors.New("invalid message")
	// ErrOutOfStep says that another message than Message.After expects is the
	// last one of its subject.
	ErrOutOfStep = errors.New("another message is the last one of the subject")
	// ErrNoStream says that a stream does not exist.
	ErrNoStream = errors.New("no such stream: nothing was provisioned here")
	// ErrLoss says that a change would make a stream drop messages it holds.
	ErrLoss = errors.New("messages would be lost")
	// ErrPartitions says that a stream exists with another partition count.
	ErrPartitions = errors.New("stream has another number of partitions")
)
