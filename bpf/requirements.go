package bpf

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// What can stand in the way of every program. Errors of Load wrap these.
var (
	// ErrNoBTF means that the kernel does not describe its own types.
	ErrNoBTF = errors.New("the kernel has no BTF (/sys/kernel/btf/vmlinux; CONFIG_DEBUG_INFO_BTF)")
	// ErrKernelTooOld means that the kernel lacks what all programs use.
	ErrKernelTooOld = errors.New("the kernel is too old: Weir needs Linux 5.15 or newer")
	// ErrLockdown means that the kernel is locked down so far that programs
	// may not read its memory.
	ErrLockdown = errors.New("the kernel is locked down (confidentiality): programs may not read kernel memory")
)

// CapabilityError names the capabilities that the process lacks.
type CapabilityError struct{ Missing []string }

// Error names what is missing and what would do instead.
func (e *CapabilityError) Error() string {
	return "missing " + strings.Join(e.Missing, ", ") + " (run as root, or grant them; CAP_SYS_ADMIN does as well)"
}

// requirements looks for whatever would make every program fail, so that the
// message names the cause and not what the verifier makes of it.
func requirements() error {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return fmt.Errorf("read capabilities: %w", err)
	}
	if err := checkCapabilities(string(status)); err != nil {
		return err
	}
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

func checkCapabilities(status string) error {
	const sysAdmin, perfmon, bpf = 21, 38, 39
	_, rest, _ := strings.Cut(status, "\nCapEff:")
	line, _, _ := strings.Cut(rest, "\n")
	set, err := strconv.ParseUint(strings.TrimSpace(line), 16, 64)
	if err != nil {
		return fmt.Errorf("read capabilities: %w", err)
	}
	if set&(1<<sysAdmin) != 0 {
		return nil
	}
	var missing []string
	if set&(1<<bpf) == 0 {
		missing = append(missing, "CAP_BPF")
	}
	if set&(1<<perfmon) == 0 {
		missing = append(missing, "CAP_PERFMON")
	}
	if missing != nil {
		return &CapabilityError{Missing: missing}
	}
	return nil
}

func checkRelease(release string) error {
	var major, minor int
	if _, err := fmt.Sscanf(release, "%d.%d", &major, &minor); err != nil {
		return fmt.Errorf("kernel release %q: %w", release, err)
	}
	if major < 5 || major == 5 && minor < 15 {
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
