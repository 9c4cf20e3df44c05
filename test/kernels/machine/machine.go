package machine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weirsec/weir/test/kernels/wire"
)

// ErrNoQEMU means that the machine's emulator is not installed.
var ErrNoQEMU = errors.New("QEMU is not installed")

// tail is how many of the kernel's last lines an error shows.
const tail = 40

// Machine is one that is switched on once.
type Machine struct {
	// Arch is Go's name of the architecture: "amd64", "arm64".
	Arch string
	// Kernel and Initrd are files on this machine.
	Kernel, Initrd string
	// Cmdline are further parameters of the kernel.
	Cmdline []string
	// MemoryMiB and CPUs are the machine's size.
	MemoryMiB, CPUs int
	// Steady makes the machine's clock go on by the instructions that it runs, not
	// by this machine's clock: however busy this is, its timer does not interrupt
	// it more often than a real one is. That is slower.
	Steady bool
	// Limit is when a machine that does not switch itself off is killed.
	Limit time.Duration
}

// emulator returns the command of an architecture and its console.
func emulator(arch string) (command []string, console, pack string, err error) {
	switch arch {
	case "amd64":
		// QEMU 7.2 damages flags in cmpxchg16b; kernels of 6.12 then panic.
		return []string{"qemu-system-x86_64", "-cpu", "max,-cx16"}, "ttyS0", "qemu-system-x86", nil
	case "arm64":
		// The algorithm for pointer authentication that is cheap to emulate.
		return []string{"qemu-system-aarch64", "-M", "virt", "-cpu", "max,pauth-impdef=on"}, "ttyAMA0", "qemu-system-arm", nil
	}
	return nil, "", "", fmt.Errorf("machine: no emulator for %q", arch)
}

// Available returns nil where machines of the architecture can run here, or an
// error that wraps ErrNoQEMU and names the package to install.
func Available(arch string) error {
	command, _, pack, err := emulator(arch)
	if err != nil {
		return err
	}
	if _, err := exec.LookPath(command[0]); err != nil {
		return fmt.Errorf("%w: %s is in Debian's package %s", ErrNoQEMU, command[0], pack)
	}
	return nil
}

// command is how the machine is started.
func (m Machine) command(ctx context.Context) (*exec.Cmd, error) {
	args, console, _, err := emulator(m.Arch)
	if err != nil {
		return nil, err
	}
	parameters := append([]string{
		// Only what ends the kernel is printed, and then QEMU ends too.
		"console=" + console, "loglevel=1", "panic=-1",
		// Emulation has no side channels that would need these.
		"mitigations=off", "nokaslr",
		// On x86: do not panic where the timer ticks late, as it does on a busy
		// machine. Others hand the word on to /init, which ignores it.
		"no_timer_check",
		wire.Throwaway,
	}, m.Cmdline...)
	// One thread runs all CPUs in turn. With one thread each, a CPU can run an
	// instruction that another is just patching, and kernels of 7.2 panic.
	args = append(args,
		"-accel", "tcg,thread=single", "-smp", strconv.Itoa(m.CPUs), "-m", strconv.Itoa(m.MemoryMiB),
		"-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
		"-chardev", "stdio,id=port,signal=off", "-serial", "chardev:port",
		"-kernel", m.Kernel, "-initrd", m.Initrd, "-append", strings.Join(parameters, " "))
	if m.Steady {
		args = append(args, "-icount", "shift=2") // 4 ns each
	}
	return exec.CommandContext(ctx, args[0], args[1:]...), nil
}

// Run boots the machine and waits until it is off. Each frame is handed over as
// it comes, until each returns an error. It is an error, too, if the guest ends
// without its last frame: the message shows what the kernel said last.
func (m Machine) Run(ctx context.Context, each func(wire.Frame) error) error {
	if err := Available(m.Arch); err != nil {
		return err
	}
	limited, cancel := context.WithTimeoutCause(ctx, m.Limit, fmt.Errorf("the machine was not off after %s", m.Limit))
	defer cancel()
	cmd, err := m.command(limited)
	if err != nil {
		return err
	}
	var problems strings.Builder
	cmd.Stderr = &problems
	port, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("machine: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("machine: %w", err)
	}
	var c console
	read := c.follow(port, each)
	if read != nil {
		cancel()
	}
	ended := cmd.Wait()
	switch {
	case read != nil:
		return fmt.Errorf("machine: %w", read)
	case c.ended:
		return nil
	case limited.Err() != nil:
		ended = context.Cause(limited)
	case ended == nil:
		ended = errors.New("the guest ended before its job")
	}
	return fmt.Errorf("machine: %w\n%s%s", ended, problems.String(), strings.Join(c.last, ""))
}

// console is what came from the serial port.
type console struct {
	// last are the last lines that were no frames.
	last  []string
	ended bool
}

func (c *console) follow(port io.Reader, each func(wire.Frame) error) error {
	var frames wire.Reader
	lines := bufio.NewReader(port)
	for {
		line, end := lines.ReadBytes('\n')
		frame, found, err := frames.Line(line)
		switch {
		case err != nil:
			return fmt.Errorf("%w\n%s", err, strings.Join(c.last, ""))
		case found:
			c.ended = c.ended || frame.End
			if err := each(frame); err != nil {
				return err
			}
		case len(strings.TrimSpace(string(line))) > 0:
			c.last = append(c.last, string(line))
			c.last = slices.Delete(c.last, 0, max(0, len(c.last)-tail))
		}
		if errors.Is(end, io.EOF) {
			return nil // QEMU has ended, and says itself why
		} else if end != nil {
			return end
		}
	}
}
