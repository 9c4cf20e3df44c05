package live

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/collector/privilege"
)

func TestWriteTable(t *testing.T) {
	var out strings.Builder
	err := WriteTable(&out, []bpf.Attachment{
		{Event: "sched_process_exec", Hook: "tp", Attached: true},
		{Event: "openat", Hook: "sys_exit", Attached: true},
		{Event: "connect", Hook: "sys_exit"},
		{Event: "ptrace", Hook: "sys_exit", Reason: "refused by the kernel"},
	}, func(event string) string {
		return map[string]string{"openat": "wanted by a signature", "connect": "never shown"}[event]
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `EVENT               HOOK      STATE
sched_process_exec  tp        attached
openat              sys_exit  attached, wanted by a signature
connect             sys_exit  off: no loaded signature wants it
ptrace              sys_exit  NOT ATTACHED: refused by the kernel
`
	if out.String() != want {
		t.Errorf("got:\n%s", out.String())
	}
}

func TestLoadErrorSaysWhatWorks(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want []string
	}{
		{"rights", &privilege.MissingError{Missing: privilege.Table()[:1]}, []string{"CAP_BPF", "sudo weir run", "weir demo", "docs/security.md"}},
		{"kernel", bpf.ErrNoBTF, []string{"BTF", "weir demo", "weir analyze"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := loadError(c.err)
			if !errors.Is(err, c.err) {
				t.Error("the cause is lost")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not name %s", err, want)
				}
			}
		})
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "[auto]"},
		{[]string{"--container-runtimes", "none"}, "[none]"},
		{[]string{"--container-runtimes", "/run/docker.sock,cri=/run/x"}, "[/run/docker.sock cri=/run/x]"},
	} {
		var cfg Config
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		cfg.Register(flags)
		if err := flags.Parse(c.args); err != nil {
			t.Fatal(err)
		}
		if _, err := cfg.watcher(stage.Settings{}); err != nil || fmt.Sprint(cfg.ContainerRuntimes) != c.want {
			t.Errorf("%v: %v, %v", c.args, cfg.ContainerRuntimes, err)
		}
	}
	if _, err := Open(Config{ContainerRuntimes: []string{"docker"}}, stage.Settings{}); err == nil ||
		!strings.Contains(err.Error(), `container runtimes: "docker": want auto, none or the path`) {
		t.Errorf("error %v", err)
	}
}

func discard() stage.Settings {
	return stage.Settings{Instance: "i", Logger: slog.New(slog.DiscardHandler), Meter: noop.Meter{}}
}

// needEBPF skips where this machine cannot be watched; with WEIR_REQUIRE=ebpf it
// fails instead.
func needEBPF(t *testing.T) {
	t.Helper()
	m, err := Open(Config{}, discard())
	switch {
	case err == nil:
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	case slices.Contains(strings.Split(os.Getenv("WEIR_REQUIRE"), ","), "ebpf"):
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}

func TestMachine(t *testing.T) {
	needEBPF(t)
	m, err := Open(Config{Node: "web-1"}, discard())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}()
	if m.Node() != "web-1" {
		t.Errorf("node %q", m.Node())
	}
	attached := func(event string) bool {
		i := slices.IndexFunc(m.Attachments(), func(a bpf.Attachment) bool { return a.Event == event })
		return i >= 0 && m.Attachments()[i].Attached
	}
	if attached("ptrace") || !attached("sched_process_exec") {
		t.Error("before anybody wants syscalls, processes alone are watched")
	}
	m.SetInterest(t.Context(), interest.Of("ptrace"))
	if !attached("ptrace") || attached("openat") {
		t.Error("the interest is not what is attached")
	}
}
