package fault

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/test/kernels/wire"
)

// guestPrograms is where the programs under test are in a virtual machine,
// guestWanted the findings of an undisturbed run outside of it.
const (
	guestPrograms = "/programs/bin"
	guestWanted   = "/programs/wanted.json"
)

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
	if _, err := os.Stat(wire.JobPath); err != nil {
		return fmt.Errorf("the clock is only set in a virtual machine of test/kernels: %w", err)
	}
	if init, err := os.Readlink("/proc/1/exe"); err != nil || init != "/init" {
		return fmt.Errorf("the clock is only set in a virtual machine of test/kernels: the first process is %q (%w)", init, err)
	}
	return nil
}

// setClock moves the machine's clock.
func setClock(t testing.TB, by time.Duration) {
	t.Helper()
	if err := noThrowaway(); err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	to := unix.NsecToTimespec(before.Add(by).UnixNano())
	if err := unix.ClockSettime(unix.CLOCK_REALTIME, &to); err != nil {
		t.Fatalf("set the clock: %v", err)
	}
	// By the wall: Sub of two readings goes by the other clock.
	if got := time.Duration(time.Now().UnixNano() - before.UnixNano()); got < by || got > by+time.Minute {
		t.Fatalf("the clock was set by %v, and is %v off", by, got)
	}
}

// clockStep is a step of a plan that moves the clock.
func clockStep(at, by time.Duration) step {
	return step{at: at, what: fmt.Sprint("the clock jumps by ", by), do: func(r *run) { setClock(r.t, by) }, kind: jumpClock}
}

// clockLoad is how long the nodes send in a virtual machine.
const clockLoad = 10 * time.Second

// clockPlans are what a seed says of when the clock jumps, and who dies soon after
// that. Who dies soon after a jump back had given its last sign of life in the future.
//
// Not within a third of a second: a message that the broker gave out before it jumps
// back, and that nobody is at work with any more, is only given to another one when
// its time is up by the new clock.
func clockPlans(seed uint64) map[string]plan {
	r := rand.New(rand.NewPCG(seed, 8))
	between := func(least, most time.Duration) time.Duration { return least + rand64(r, most-least) }
	jump := func(role string, by time.Duration) plan {
		n := slices.Index(roles, role)*len(instances) + r.IntN(len(instances))
		name := role + "-" + instances[n%len(instances)]
		at := between(clockLoad/10, clockLoad*4/10)
		dies := at + between(300*time.Millisecond, 900*time.Millisecond)
		return plan{
			clockStep(at, by),
			{dies, "kill " + name, func(r *run) { r.services[n].kill() }, killService},
			{dies + 3*time.Second, "start " + name, func(r *run) { r.services[n].start() }, killService},
		}
	}
	return map[string]plan{
		quietClock:       {},
		"back":           jump("enricher", -time.Hour),
		"forth and back": append(jump("detector", time.Hour), clockStep(between(clockLoad*8/10, clockLoad), -time.Hour)),
	}
}

// A seed always says the same, and the control is not disturbed.
func TestClockPlans(t *testing.T) {
	for seed := range uint64(100) {
		plans, again := clockPlans(seed), clockPlans(seed)
		for name, p := range plans {
			if p.String() != again[name].String() || (len(p) == 0) != (name == quietClock) {
				t.Errorf("seed %d says first\n%sthen\n%s", seed, p, again[name])
			}
			if !slices.IsSortedFunc(p, func(a, b step) int { return cmp.Compare(a.at, b.at) }) {
				t.Errorf("seed %d: not in order:\n%s", seed, p)
			}
		}
	}
}

// quietClock is the run in which nothing jumps: what is not as outside of the
// machine then is not the clock's fault.
const quietClock = "at no time"

// The wall clock of the whole machine jumps while everything runs: broker, feeds
// and all stages. TestClockJumpInAMachine runs this where that harms nobody.
func TestClockJump(t *testing.T) {
	if err := noThrowaway(); err != nil {
		t.Skip(err)
	}
	seed, _ := seeds(t)
	in, want, plans := newInput(t, 0), readWanted(t), clockPlans(seed)
	for _, name := range slices.Sorted(maps.Keys(plans)) {
		t.Run(name, func(t *testing.T) { disturbed(t, in, want, options{load: clockLoad}, plans[name]) })
	}
}

// wanted is a finding of an undisturbed run.
type wanted struct {
	ID, Data string
	Complete bool
}

func readWanted(t *testing.T) map[string]found {
	t.Helper()
	text, err := os.ReadFile(guestWanted)
	if err != nil {
		t.Fatal(err)
	}
	var list []wanted
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	all := map[string]found{}
	for _, w := range list {
		all[w.ID] = found{w.Data, w.Complete}
	}
	return all
}

// writeWanted makes the file of an undisturbed run here.
func writeWanted(t *testing.T) (path string) {
	t.Helper()
	var list []wanted
	for id, f := range quiet(t, newInput(t, 0)) {
		list = append(list, wanted{id, f.data, f.complete})
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "wanted.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// complaints are the lines of the programs' logs that warn of something: the logs
// themselves end with the machine.
func complaints(dir string) string {
	files, _ := filepath.Glob(filepath.Join(dir, "*.log")) // the pattern is well-formed
	var b strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			fmt.Fprintln(&b, err)
		}
		lines := slices.DeleteFunc(bytes.Split(text, []byte("\n")), func(line []byte) bool {
			return !bytes.Contains(line, []byte("WARN")) && !bytes.Contains(line, []byte("ERROR")) && !bytes.HasPrefix(line, []byte("==="))
		})
		fmt.Fprintf(&b, "%s:\n%s\n", filepath.Base(file), bytes.Join(lines[:min(len(lines), 40)], []byte("\n")))
	}
	return b.String()
}
