package privilege

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/cap"
)

func TestJudge(t *testing.T) {
	modern := release{6, 12}
	for _, c := range []struct {
		name          string
		held          []cap.Value
		kernel        release
		lockable      uint64
		userNamespace string
		missing       []string
		states        [6]State
		as            string
	}{
		{
			name: "everything", held: []cap.Value{cap.BPF, cap.PERFMON, cap.SYS_PTRACE, cap.NET_ADMIN, cap.SYSLOG, cap.SYS_RESOURCE}, kernel: modern,
			states: [6]State{Held, Held, Held, Held, Held, NotNeeded},
		},
		{
			name: "nothing", kernel: modern, missing: []string{"CAP_BPF", "CAP_PERFMON"},
			states: [6]State{Missing, Missing, Missing, Missing, Missing, NotNeeded},
		},
		{
			name: "one of two", held: []cap.Value{cap.BPF}, kernel: modern, missing: []string{"CAP_PERFMON"},
			states: [6]State{Held, Missing, Missing, Missing, Missing, NotNeeded},
		},
		{
			name: "the stronger one", held: []cap.Value{cap.SYS_ADMIN}, kernel: modern,
			states: [6]State{Held, Held, Missing, Missing, Missing, NotNeeded}, as: "CAP_SYS_ADMIN",
		},
		{
			name: "an old kernel", held: []cap.Value{cap.BPF, cap.PERFMON}, kernel: release{5, 10}, lockable: 64 << 10,
			states: [6]State{Held, Held, Missing, Missing, Missing, Missing},
		},
		{
			name: "an old kernel without limit", held: []cap.Value{cap.BPF, cap.PERFMON}, kernel: release{5, 10},
			lockable: unix.RLIM_INFINITY, states: [6]State{Held, Held, Missing, Missing, Missing, NotNeeded},
		},
		{
			name: "the kernel that asks no more", held: []cap.Value{cap.BPF, cap.PERFMON}, kernel: release{5, 11},
			states: [6]State{Held, Held, Missing, Missing, Missing, NotNeeded},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := facts{
				held:   func(v cap.Value) bool { return slices.Contains(c.held, v) },
				kernel: c.kernel, lockable: c.lockable, userNamespace: firstUserNamespace,
			}
			rows, err := f.judge()
			for i, want := range c.states {
				if rows[i].State != want {
					t.Errorf("%s is %s, want %s", rows[i].Name, rows[i].State, want)
				}
			}
			if rows[0].As != c.as {
				t.Errorf("held as %q, want %q", rows[0].As, c.as)
			}
			var missing *MissingError
			if errors.As(err, &missing) != (len(c.missing) > 0) {
				t.Fatalf("got %v, want %v missing", err, c.missing)
			}
			for _, name := range c.missing {
				if !strings.Contains(err.Error(), name+" (to ") {
					t.Errorf("%q does not say what %s is for", err, name)
				}
			}
		})
	}
}

// Inside a user namespace all capabilities are held and none counts.
func TestJudgeUserNamespace(t *testing.T) {
	f := facts{held: func(cap.Value) bool { return true }, kernel: release{6, 12}, userNamespace: "user:[4026532123]"}
	rows, err := f.judge()
	var missing *MissingError
	if !errors.As(err, &missing) || len(missing.Missing) != 2 || rows[0].State != Missing || !missing.UserNamespace || !strings.Contains(err.Error(), "rootless container") {
		t.Errorf("got %v", err)
	}
	f.userNamespace = "" // A kernel without them.
	if _, err := f.judge(); err != nil {
		t.Error(err)
	}
}

// The same by real users: each capability of the table is seen where it is, and
// missed where it is not.
func TestCheckAsUser(t *testing.T) {
	var all []cap.Value
	for _, c := range Table() {
		if c.before == (release{}) {
			all = append(all, c.value)
		}
	}
	for i := range all {
		some := slices.Delete(slices.Clone(all), i, i+1)
		want := Table()[i]
		t.Run("without "+want.Name, func(t *testing.T) {
			var states map[string]State
			stderr, err := user{nobody, some}.run(t, &states, "check")
			switch {
			case want.Required && (err == nil || !strings.Contains(stderr, "missing "+want.Name+" (to ") || strings.Contains(stderr, " and CAP_")):
				t.Errorf("%v: %s", err, stderr)
			case !want.Required && (err != nil || states[want.Name] != Missing):
				t.Errorf("%v: %v %s", err, states, stderr)
			}
		})
	}
	t.Run("all", func(t *testing.T) {
		var states map[string]State
		if stderr, err := (user{nobody, all}).run(t, &states, "check"); err != nil || states[SysPtrace] != Held {
			t.Errorf("%v: %v %s", err, states, stderr)
		}
	})
}

// This process is in the first user namespace if it can see the host's: the
// constant is the kernel's, not this machine's.
func TestLookReadsThisProcess(t *testing.T) {
	f, err := look()
	if err != nil {
		t.Fatal(err)
	}
	if f.kernel.before(release{5, 0}) || !strings.HasPrefix(f.userNamespace, "user:[") {
		t.Errorf("kernel %v, user namespace %q", f.kernel, f.userNamespace)
	}
}

func TestParseRelease(t *testing.T) {
	for text, want := range map[string]release{
		"6.12.9-amd64": {6, 12}, "5.10": {5, 10}, "7.2.12+": {7, 2},
	} {
		if got, err := parseRelease(text); err != nil || got != want {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
	for _, text := range []string{"", "six", "6", "6.x", "-6.1"} {
		if got, err := parseRelease(text); err == nil || !strings.Contains(err.Error(), "6.12") {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
	if !(release{5, 10}).before(release{5, 11}) || !(release{4, 20}).before(release{5, 0}) || (release{6, 0}).before(release{5, 15}) {
		t.Error("releases are not in order")
	}
}
