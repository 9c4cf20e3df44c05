package privilege

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/cap"
)

// What is given up never comes back, so each action runs in a process of its
// own, which is this test binary.
func TestMain(m *testing.M) {
	if action := os.Getenv("WEIR_TEST_ACTION"); action != "" {
		if err := act(action, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

const nobody = 65534

// user is who runs an action: uid and its ambient capabilities. Root has all
// that the test has.
type user struct {
	uid  int
	caps []cap.Value
}

// run performs an action in a process of its own and decodes its JSON into
// result.
func (u user) run(t *testing.T, result any, action string, args ...string) (stderr string, err error) {
	t.Helper()
	needRoot(t)
	// By this link the program is found whatever its directories allow.
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", args...)
	// The race detector would sleep a second at each end.
	cmd.Env = append(os.Environ(), "WEIR_TEST_ACTION="+action, "GORACE=atexit_sleep_ms=0")
	cmd.Dir = "/"
	if u.uid != 0 {
		attr := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(u.uid), Gid: uint32(u.uid)}}
		for _, c := range u.caps {
			attr.AmbientCaps = append(attr.AmbientCaps, uintptr(c))
		}
		cmd.SysProcAttr = attr
	}
	var text strings.Builder
	cmd.Stderr = &text
	out, err := cmd.Output()
	if err == nil && result != nil {
		if err := json.Unmarshal(out, result); err != nil {
			t.Fatalf("%s: %v: %q", action, err, out)
		}
	}
	return text.String(), err
}

// needRoot skips where the test cannot become other users.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("WEIR_REQUIRE"), ","), "ebpf") {
		t.Fatal("WEIR_REQUIRE=ebpf, but this is not root")
	}
	t.Skip("running as other users needs root")
}

// act performs an action and prints what came of it.
func act(action string, args []string) error {
	var result any
	var err error
	switch action {
	case "check":
		var rows []Row
		rows, err = Check()
		states := map[string]State{}
		for _, r := range rows {
			states[r.Name] = r.State
		}
		result = states
	case "drop":
		result, err = actDrop(args)
	case "rights":
		result, err = ownRights()
	case "reading":
		result, err = ForReading(args...)
	case "writing":
		result, err = ForWriting(args...)
	case "bpf":
		result, err = actBPF(args...)
	case "proc":
		result = actProc(args[0])
	default:
		return fmt.Errorf("no action %q", action)
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

// rights is what a process has, as JSON.
type rights struct {
	Permitted, Effective, Inheritable, Ambient, Bounding uint64
	NoNewPrivs                                           bool
	Dumpable                                             int
}

func ownRights() (rights, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return rights{}, err
	}
	r, err := parseStatus(string(text))
	if err != nil {
		return rights{}, err
	}
	dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	return rights{
		Permitted: r.permitted, Effective: r.effective, Inheritable: r.inheritable, Ambient: r.ambient,
		Bounding: r.bounding, NoNewPrivs: r.noNewPrivs, Dumpable: dumpable,
	}, errors.Join(err)
}
