//go:build !amd64

package golden

import "errors"

// openOld needs a machine that has its syscalls.
func openOld(string) error { return errors.New("recordings are made on amd64") }
