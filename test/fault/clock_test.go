package fault

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/test/kernels/wire"
)

// guestPrograms is where the programs under test are in a virtual machine.
const guestPrograms = "/programs/bin"

// noThrowaway says why the clock of this machine must not be touched: it is none
// that test/kernels has switched on for one job. nil where it is.
func noThrowaway() error {
	cmdline, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		return err
	}
	if !slices.Contains(strings.Fields(string(cmdline)), wire.Throwaway) {
		return fmt.Errorf("the clock is only set in a virtual machine of test/kernels: the kernel was not started with %s", wire.Throwaway)
	}
	if init, err := os.Readlink("/proc/1/exe"); err != nil || init != "/init" || os.Getppid() != 1 {
		return fmt.Errorf("the clock is only set in a virtual machine of test/kernels: the first process is %s, the parent %d (%w)",
			init, os.Getppid(), err)
	}
	if _, err := os.Stat(wire.JobPath); err != nil {
		return fmt.Errorf("the clock is only set in a virtual machine of test/kernels: %w", err)
	}
	return nil
}

// setClock moves the machine's clock.
func setClock(t testing.TB, by time.Duration) {
	t.Helper()
	if err := noThrowaway(); err != nil {
		t.Fatal(err)
	}
	now := unix.NsecToTimespec(time.Now().Add(by).UnixNano())
	if err := unix.ClockSettime(unix.CLOCK_REALTIME, &now); err != nil {
		t.Fatalf("set the clock: %v", err)
	}
}

// clockStep is a step of a plan that moves the clock.
func clockStep(at, by time.Duration) step {
	return step{at: at, what: fmt.Sprint("the clock jumps by ", by), do: func(r *run) { setClock(r.t, by) }}
}

// killStep kills a service and starts it again.
func killStep(at time.Duration, role, instance string) plan {
	n := slices.Index(roles, role)*len(instances) + slices.Index(instances, instance)
	return plan{
		{at: at, what: "kill " + role + "-" + instance, do: func(r *run) { r.services[n].kill() }},
		{at: at + 500*time.Millisecond, what: "start it", do: func(r *run) { r.services[n].start() }},
	}
}

// The wall clock of the whole machine jumps while everything runs: broker, feeds
// and all stages. TestClockJumpInAMachine runs this where that harms nobody.
func TestClockJump(t *testing.T) {
	if err := noThrowaway(); err != nil {
		t.Skip(err)
	}
	opts := options{load: 12 * time.Second}
	in := newInput(t, 0)
	want := quiet(t, in)
	const second = time.Second
	for _, c := range []struct {
		name string
		plan plan
	}{
		{"forth", plan{clockStep(3*second, time.Hour)}},
		{"back", plan{clockStep(3*second, -time.Hour)}},
		{"forth and back", plan{clockStep(3*second, time.Hour), clockStep(7*second, -time.Hour)}},
		{"small steps back", plan{
			clockStep(2*second, -200*time.Millisecond), clockStep(4*second, -50*time.Millisecond),
			clockStep(6*second, -second), clockStep(8*second, -3*second),
		}},
		{"forth, and a detector dies", append(plan{clockStep(3*second, time.Hour)}, killStep(3*second+100*time.Millisecond, "detector", "a")...)},
		{"back, and an enricher dies", append(killStep(3*second, "enricher", "a"), clockStep(3*second+100*time.Millisecond, -time.Hour))},
	} {
		t.Run(c.name, func(t *testing.T) {
			slices.SortStableFunc(c.plan, func(a, b step) int { return int(a.at - b.at) })
			disturbed(t, in, want, opts, c.plan)
		})
	}
}
