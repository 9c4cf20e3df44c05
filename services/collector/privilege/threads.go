package privilege

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// everything is the set of all capabilities, also of those to come.
const everything = ^uint64(0)

// threadRights are the rights of one thread as its status file has them; in a
// wish, bounding is what is allowed at most.
type threadRights struct {
	inheritable, permitted, effective, bounding, ambient uint64
	noNewPrivs                                           bool
}

// verify looks at every thread below a directory of tasks and returns an error
// for the first that has other rights than wanted.
func verify(tasks string, want threadRights) error {
	entries, err := os.ReadDir(tasks)
	if err != nil {
		return fmt.Errorf("look at the threads: %w", err)
	}
	seen := 0
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(tasks, e.Name(), "status"))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) {
			continue // The thread has ended.
		}
		if err != nil {
			return fmt.Errorf("look at thread %s: %w", e.Name(), err)
		}
		got, err := parseStatus(string(text))
		if err == nil {
			err = got.meets(want)
		}
		if err != nil {
			return fmt.Errorf("thread %s: %w", e.Name(), err)
		}
		seen++
	}
	if seen == 0 {
		return fmt.Errorf("look at the threads: none in %s", tasks)
	}
	return nil
}

// meets says what a thread has that it should not have, or lacks.
func (r threadRights) meets(want threadRights) error {
	switch {
	case r.permitted != want.permitted:
		return fmt.Errorf("its permitted set is %#x, not %#x", r.permitted, want.permitted)
	case r.effective != want.permitted:
		return fmt.Errorf("its effective set is %#x, not %#x", r.effective, want.permitted)
	case r.inheritable != 0:
		return fmt.Errorf("its inheritable set is %#x, not empty", r.inheritable)
	case r.ambient != 0:
		return fmt.Errorf("its ambient set is %#x, not empty", r.ambient)
	case r.bounding&^want.bounding != 0:
		return fmt.Errorf("its bounding set is %#x, not %#x", r.bounding, want.bounding)
	case r.noNewPrivs != want.noNewPrivs:
		return fmt.Errorf("its no_new_privs is %v", r.noNewPrivs)
	default:
		return nil
	}
}

// parseStatus reads the rights from a status file of proc(5). Each line must be
// there once: a set that is not told of cannot be trusted to be empty.
func parseStatus(text string) (threadRights, error) {
	var r threadRights
	sets := map[string]*uint64{
		"CapInh": &r.inheritable, "CapPrm": &r.permitted, "CapEff": &r.effective, "CapBnd": &r.bounding, "CapAmb": &r.ambient,
	}
	found := map[string]bool{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		set := sets[key]
		if set == nil && key != "NoNewPrivs" {
			continue
		}
		if found[key] {
			return r, fmt.Errorf("%s is there twice", key)
		}
		found[key] = true
		var err error
		switch {
		case set != nil:
			*set, err = strconv.ParseUint(value, 16, 64)
		default:
			r.noNewPrivs, err = strconv.ParseBool(value)
		}
		if err != nil {
			return r, fmt.Errorf("%s: %w", key, err)
		}
	}
	if want := len(sets) + 1; len(found) != want {
		return r, fmt.Errorf("%d of %d lines about rights are missing", want-len(found), want)
	}
	return r, nil
}
