package tracee

import (
	"errors"

	"github.com/aquasecurity/tracee/types/detect"

	"github.com/weirsec/weir/signatures/sdk"
)

// bothError is an error of a data source that errors.Is knows by Tracee's name
// and by Weir's.
type bothError struct {
	error
	other error
}

func (e *bothError) Unwrap() []error { return []error{e.error, e.other} }

// twins are the errors that mean the same in both worlds.
func twins() [][2]error {
	return [][2]error{
		{sdk.ErrDataNotFound, detect.ErrDataNotFound},
		{sdk.ErrKeyNotSupported, detect.ErrKeyNotSupported},
		{sdk.ErrUnmarshal, detect.ErrFailedToUnmarshal},
	}
}

// inBoth returns an error that means in both worlds what it means in one. Its
// text stays.
func inBoth(err error) error {
	for _, twin := range twins() {
		ours, theirs := errors.Is(err, twin[0]), errors.Is(err, twin[1])
		switch {
		case ours && !theirs:
			return &bothError{err, twin[1]}
		case theirs && !ours:
			return &bothError{err, twin[0]}
		}
	}
	return err
}
