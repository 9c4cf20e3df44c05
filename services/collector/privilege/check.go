package privilege

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/cap"
)

// firstUserNamespace is the link of the user namespace that the kernel makes
// itself; its inode is fixed (PROC_USER_INIT_INO, include/linux/proc_ns.h).
const firstUserNamespace = "user:[4026531837]"

// facts is what Check judges.
type facts struct {
	held          func(cap.Value) bool
	kernel        release
	lockable      uint64
	userNamespace string
}

// Check says which of the capabilities this process has. The rows count with an
// error too, which is a *MissingError where a required one is missing.
func Check() ([]Row, error) {
	f, err := look()
	if err != nil {
		return nil, fmt.Errorf("check privileges: %w", err)
	}
	return f.judge()
}

// look reads the facts of this process.
func look() (facts, error) {
	set, err := cap.GetPID(0)
	if err != nil {
		return facts{}, err
	}
	f := facts{held: func(v cap.Value) bool {
		on, err := set.GetFlag(cap.Effective, v)
		return err == nil && on
	}}
	if f.kernel, err = running(); err != nil {
		return f, err
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_MEMLOCK, &limit); err != nil {
		return f, fmt.Errorf("read the limit for locked memory: %w", err)
	}
	f.lockable = limit.Cur
	// A kernel without user namespaces has no such link.
	f.userNamespace, _ = os.Readlink("/proc/self/ns/user")
	return f, nil
}

// judge makes the rows.
func (f facts) judge() ([]Row, error) {
	missing := &MissingError{UserNamespace: f.userNamespace != "" && f.userNamespace != firstUserNamespace}
	if missing.UserNamespace {
		f.held = func(cap.Value) bool { return false }
	}
	var rows []Row
	for _, c := range Table() {
		row := f.row(c)
		if row.State == Missing && c.Required {
			missing.Missing = append(missing.Missing, c)
		}
		rows = append(rows, row)
	}
	if len(missing.Missing) > 0 {
		return rows, missing
	}
	return rows, nil
}

func (f facts) row(c Capability) Row {
	row := Row{Capability: c, State: Missing}
	if c.before != (release{}) && (!f.kernel.before(c.before) || f.lockable == unix.RLIM_INFINITY) {
		row.State = NotNeeded
		return row
	}
	if f.held(c.value) {
		row.State = Held
		return row
	}
	for _, v := range c.instead {
		if f.held(v) {
			row.State, row.As = Held, name(v)
			break
		}
	}
	return row
}
