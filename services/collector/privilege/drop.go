package privilege

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/cap"
)

// Drop gives up all capabilities but those named, in every thread and for good:
// no program that is executed gets any back, and nobody may trace the process
// or make it dump core. What is to be kept but was never held is left out. It
// looks at every thread afterwards; an error means that some right may be left,
// so that the process should end. It may be called again to give up more.
func Drop(keep ...Keep) (Dropped, error) {
	d, err := drop(keep)
	if err != nil {
		return d, fmt.Errorf("give up privileges: %w", err)
	}
	return d, nil
}

func drop(keep []Keep) (Dropped, error) {
	var d Dropped
	now, err := cap.GetPID(0)
	if err != nil {
		return d, err
	}
	next := cap.NewSet()
	var values []cap.Value
	for _, k := range keep {
		v, err := valueOf(k.Name)
		if err != nil {
			return d, fmt.Errorf("keep %s: %w", k.Name, err)
		}
		if held, err := now.GetFlag(cap.Permitted, v); err != nil || !held {
			continue
		}
		values, d.Kept = append(values, v), append(d.Kept, k)
	}
	if err := errors.Join(next.SetFlag(cap.Permitted, true, values...), next.SetFlag(cap.Effective, true, values...)); err != nil {
		return d, err
	}
	// First, so that what cannot be cleared below is worth nothing: with this
	// bit no execve gives more than the process has.
	if _, err := cap.Prctlw(unix.PR_SET_NO_NEW_PRIVS, 1); err != nil {
		return d, fmt.Errorf("set no_new_privs: %w", err)
	}
	if err := cap.ResetAmbient(); err != nil {
		return d, fmt.Errorf("clear the ambient set: %w", err)
	}
	want := threadRights{permitted: mask(values), noNewPrivs: true, bounding: everything}
	if held, err := now.GetFlag(cap.Effective, cap.SETPCAP); err == nil && held {
		if err := dropBounding(); err != nil {
			return d, fmt.Errorf("clear the bounding set: %w", err)
		}
		want.bounding = 0
	}
	if err := next.SetProc(); err != nil {
		return d, fmt.Errorf("set the permitted and effective sets: %w", err)
	}
	// Of the whole process, not of a thread.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return d, fmt.Errorf("forbid tracing and core dumps: %w", err)
	}
	return d, verify("/proc/self/task", want)
}

// dropBounding clears the bounding set, which only CAP_SETPCAP may.
func dropBounding() error {
	for v := cap.Value(0); v < cap.MaxBits(); v++ {
		in, err := cap.GetBound(v)
		if err != nil {
			return err
		}
		if !in {
			continue
		}
		if err := cap.DropBound(v); err != nil {
			return err
		}
	}
	return nil
}

func mask(values []cap.Value) (bits uint64) {
	for _, v := range values {
		bits |= 1 << v
	}
	return bits
}
