package run

import (
	"context"
	"errors"
)

// Stopped returns nil in the place of an error that says only that ctx ended:
// who is told to stop while still starting has not failed. Every other error is
// returned as it is, also one that came together with the end.
func Stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && onlyCanceled(err) {
		return nil
	}
	return err
}

// onlyCanceled reports whether all that err is made of is context.Canceled.
func onlyCanceled(err error) bool {
	for err != nil {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			for _, part := range joined.Unwrap() {
				if !onlyCanceled(part) {
					return false
				}
			}
			return true
		}
		if err == context.Canceled { //nolint:errorlint // the innermost error itself
			return true
		}
		err = errors.Unwrap(err)
	}
	return false
}
