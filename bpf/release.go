package bpf

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// release is the kernel's version.
type release struct {
	major, minor int
	text         string
}

// running returns this kernel's.
func running() (release, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return release{}, fmt.Errorf("uname: %w", err)
	}
	return parseRelease(unix.ByteSliceToString(u.Release[:]))
}

func parseRelease(text string) (release, error) {
	r := release{text: text}
	if _, err := fmt.Sscanf(text, "%d.%d", &r.major, &r.minor); err != nil {
		return r, fmt.Errorf("kernel release %q: %w", text, err)
	}
	return r, nil
}

func (r release) atLeast(major, minor int) bool {
	return r.major > major || r.major == major && r.minor >= minor
}

// check returns ErrKernelTooOld for a kernel that lacks what all programs use.
func (r release) check() error {
	if !r.atLeast(5, 10) {
		return fmt.Errorf("%w (this is %s)", ErrKernelTooOld, r.text)
	}
	return nil
}

// preemptsTracepoints tells kernels where programs at tracepoints can lose the
// processor to another task: since they are protected by SRCU.
func (r release) preemptsTracepoints() bool { return r.atLeast(7, 0) }

// preemptsHooks tells kernels where programs of security modules and of
// functions' entries can do so and can prevent it: since global functions may
// be called meanwhile. Before, an event is lost in the rare case.
func (r release) preemptsHooks() bool { return r.atLeast(6, 15) }
