package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// lookEvery is how often a read that waits for input looks whether it should
// end, in milliseconds.
const lookEvery = 100

// patientReader reads from a file, a pipe or a terminal until its context ends:
// a read that waits for input could not be interrupted otherwise.
type patientReader struct {
	ctx  context.Context
	file *os.File
}

// Read implements io.Reader.
func (r *patientReader) Read(p []byte) (int, error) {
	for {
		if err := r.ctx.Err(); err != nil {
			return 0, err
		}
		fds := []unix.PollFd{{Fd: int32(r.file.Fd()), Events: unix.POLLIN}} //nolint:gosec // descriptors are small
		n, err := unix.Poll(fds, lookEvery)
		switch {
		case errors.Is(err, unix.EINTR) || err == nil && n == 0:
			continue
		case err != nil:
			return 0, fmt.Errorf("wait for input: %w", err)
		default:
			return r.file.Read(p)
		}
	}
}
