package privilege

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/cap"
)

// dropped is what the action "drop" tells.
type dropped struct {
	Before, After, Child rights
	Text                 string
	Threads              int
	// Again is what a second Drop with everything to be kept leaves.
	Again rights
}

// actDrop drops while threads sleep, poll and are born, and then looks at
// itself and at a child.
func actDrop(keep []string) (d dropped, err error) {
	if d.Before, err = ownRights(); err != nil {
		return d, err
	}
	stop, err := busyThreads()
	if err != nil {
		return d, err
	}
	var list []Keep
	for _, name := range keep {
		list = append(list, Keep{Name: name, Because: "to test"})
	}
	done, err := Drop(list...)
	if err != nil {
		return d, err
	}
	d.Text = done.String()
	d.Threads = threads()
	if d.After, err = ownRights(); err != nil {
		return d, err
	}
	stop()
	child := exec.Command("/proc/self/exe")
	child.Env = append(os.Environ(), "WEIR_TEST_ACTION=rights")
	out, err := child.Output()
	if err != nil {
		return d, fmt.Errorf("child: %w", err)
	}
	if err := json.Unmarshal(out, &d.Child); err != nil {
		return d, err
	}
	if _, err := Drop(Keep{Name: BPF, Because: "again"}, Keep{Name: DACOverride, Because: "again"}); err != nil {
		return d, err
	}
	d.Again, err = ownRights()
	return d, err
}

// waiting is how many threads wait in the kernel during a drop.
const waiting = 8

// busyThreads starts threads that wait in the kernel, as a reader of rings
// does, and goroutines that come and go.
func busyThreads() (stop func(), err error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range waiting {
		wg.Go(func() {
			for ctx.Err() == nil {
				_, _ = unix.Poll([]unix.PollFd{{Fd: int32(fds[0]), Events: unix.POLLIN}}, -1)
			}
		})
	}
	wg.Go(func() {
		for ctx.Err() == nil {
			_ = exec.CommandContext(ctx, "/bin/true").Run()
		}
	})
	for threads() < waiting {
		runtime.Gosched()
	}
	return func() {
		cancel()
		_ = unix.Close(fds[1]) // The reader's end is woken by it.
		wg.Wait()
		_ = unix.Close(fds[0])
	}, nil
}

// threads counts the threads of this process.
func threads() int {
	tasks, _ := os.ReadDir("/proc/self/task")
	return len(tasks)
}

func TestDrop(t *testing.T) {
	all := []cap.Value{cap.BPF, cap.PERFMON, cap.SYS_PTRACE}
	for _, c := range []struct {
		name string
		user user
		keep []string
		kept uint64
		// bounded is true where the bounding set can be cleared.
		bounded bool
		text    string
	}{
		{"root keeps nothing", user{}, nil, 0, true, "all capabilities are given up"},
		{
			"root keeps some",
			user{},
			[]string{SysPtrace, DACOverride},
			1<<cap.SYS_PTRACE | 1<<cap.DAC_OVERRIDE, true,
			"all capabilities are given up but CAP_SYS_PTRACE to test, CAP_DAC_OVERRIDE to test",
		},
		{"a user keeps nothing", user{nobody, all}, nil, 0, false, "all capabilities are given up"},
		{
			"a user keeps what it has",
			user{nobody, all},
			[]string{SysPtrace, DACOverride},
			1 << cap.SYS_PTRACE, false,
			"all capabilities are given up but CAP_SYS_PTRACE to test",
		},
		{
			"a user who may clear the bounding set",
			user{nobody, append([]cap.Value{cap.SETPCAP}, all...)},
			nil, 0, true,
			"all capabilities are given up",
		},
		{"a user who has nothing", user{nobody, nil}, []string{BPF}, 0, false, "all capabilities are given up"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d dropped
			if stderr, err := c.user.run(t, &d, "drop", c.keep...); err != nil {
				t.Fatalf("%v: %s", err, stderr)
			}
			if d.Before.NoNewPrivs || len(c.user.caps) > 0 && d.Before.Effective != mask(c.user.caps) {
				t.Errorf("begins with %+v", d.Before)
			}
			want := rights{Permitted: c.kept, Effective: c.kept, NoNewPrivs: true, Bounding: d.Before.Bounding}
			if c.bounded {
				want.Bounding = 0
			}
			if d.After != want {
				t.Errorf("got %+v, want %+v", d.After, want)
			}
			if d.Text != c.text {
				t.Errorf("says %q, want %q", d.Text, c.text)
			}
			if d.Threads < waiting {
				t.Errorf("%d threads: too few to prove anything", d.Threads)
			}
			if d.Child.Permitted&^c.kept != 0 || !d.Child.NoNewPrivs {
				t.Errorf("a child gets %+v", d.Child)
			}
			if d.Again.Permitted&^c.kept != 0 || d.Again.Permitted&^(1<<cap.BPF|1<<cap.DAC_OVERRIDE) != 0 {
				t.Errorf("a second time leaves %+v", d.Again)
			}
		})
	}
}

func TestDropRefusesUnknownNames(t *testing.T) {
	if _, err := drop([]Keep{{Name: "CAP_FLY"}}); err == nil || !strings.Contains(err.Error(), "CAP_FLY") {
		t.Errorf("got %v", err)
	}
	before, err := ownRights()
	if err != nil {
		t.Fatal(err)
	}
	if before.NoNewPrivs {
		t.Error("something was given up all the same")
	}
}

// One thread tries; the process stays as it was.
func TestWithoutKeepsTheOthers(t *testing.T) {
	before, err := ownRights()
	if err != nil {
		t.Fatal(err)
	}
	sentinel := errors.New("tried")
	err = Without(func() error {
		text, err := os.ReadFile("/proc/thread-self/status")
		if err != nil {
			return err
		}
		if r, err := parseStatus(string(text)); err != nil || r.effective != 0 || r.permitted != 0 {
			return fmt.Errorf("tried with %+v: %w", r, err)
		}
		return sentinel
	})
	if !errors.Is(err, sentinel) {
		t.Errorf("got %v", err)
	}
	if after, err := ownRights(); err != nil || after != before {
		t.Errorf("%v: before %+v, after %+v", err, before, after)
	}
}
