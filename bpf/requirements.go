package bpf

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// What can stand in the way of every program. Errors of Load wrap these.
var (
	// ErrNoBTF means that the kernel does not describe its own types.
	ErrNoBTF = errors.New("the kernel has no BTF (/sys/kernel/btf/vmlinux; CONFIG_DEBUG_INFO_BTF)")
	// ErrKernelTooOld means that the kernel lacks what all programs use.
	ErrKernelTooOld = errors.New("the kernel is too old: Weir needs Linux 5.10 or newer")
	// ErrLockdown means that the kernel is locked down so far that programs
	// may not read its memory.
	ErrLockdown = errors.New("the kernel is locked down (confidentiality): programs may not read kernel memory")
)

// requirements looks for whatever would make every program fail, so that the
// message names the cause and not what the verifier makes of it.
func requirements() error {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return fmt.Errorf("uname: %w", err)
	}
	if err := checkRelease(unix.ByteSliceToString(u.Release[:])); err != nil {
		return err
	}
	if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err != nil {
		return ErrNoBTF
	}
	// The file is absent where securityfs is not mounted: then nothing is known.
	lockdown, _ := os.ReadFile("/sys/kernel/security/lockdown")
	return checkLockdown(string(lockdown))
}

func checkRelease(release string) error {
	var major, minor int
	if _, err := fmt.Sscanf(release, "%d.%d", &major, &minor); err != nil {
		return fmt.Errorf("kernel release %q: %w", release, err)
	}
	if major < 5 || major == 5 && minor < 10 {
		return fmt.Errorf("%w (this is %s)", ErrKernelTooOld, release)
	}
	return nil
}

func checkLockdown(state string) error {
	if strings.Contains(state, "[confidentiality]") {
		return ErrLockdown
	}
	return nil
}
