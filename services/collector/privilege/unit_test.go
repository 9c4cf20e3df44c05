package privilege

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// deploy is where the units are.
const deploy = "../../../deploy/systemd"

// unitSettings reads the settings of a unit's section [Service]; the last one of
// a name counts.
func unitSettings(t *testing.T, name string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deploy, name))
	if err != nil {
		t.Fatal(err)
	}
	settings, section := map[string]string{}, ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "["):
			section = line
		case section == "[Service]" && !strings.HasPrefix(line, "#"):
			if key, value, ok := strings.Cut(line, "="); ok {
				settings[key] = value
			}
		}
	}
	return settings
}

// granted lists what a unit should grant: all of the table but what only old
// kernels ask for, which the unit replaces by a limit.
func granted() []string {
	var names []string
	for _, c := range Table() {
		if c.before == (release{}) {
			names = append(names, c.Name)
		}
	}
	return names
}

func TestUnitsGrantTheTable(t *testing.T) {
	for _, name := range []string{"weir.service", "weir-collector.service"} {
		t.Run(name, func(t *testing.T) {
			unit := unitSettings(t, name)
			for _, key := range []string{"AmbientCapabilities", "CapabilityBoundingSet"} {
				if got := strings.Fields(unit[key]); !slices.Equal(got, granted()) {
					t.Errorf("%s=%v, want %v", key, got, granted())
				}
			}
			for key, want := range map[string]string{
				"NoNewPrivileges": "yes", "LimitMEMLOCK": "infinity", "DynamicUser": "yes", "ProtectSystem": "strict",
				// With these the collector would not see the machine.
				"ProtectProc": "", "PrivateUsers": "", "PrivatePIDs": "", "ProtectHostname": "", "PrivateNetwork": "",
			} {
				if got := unit[key]; got != want {
					t.Errorf("%s=%s, want %q", key, got, want)
				}
			}
			calls := strings.Fields(unit["SystemCallFilter"])
			for _, call := range []string{"bpf", "perf_event_open"} {
				if !slices.Contains(calls, call) {
					t.Errorf("SystemCallFilter=%v lacks %s", calls, call)
				}
			}
		})
	}
}

// systemd itself finds no fault with the units, as far as it can be asked. The
// programs are not where the units look for them.
func TestUnitsAreValid(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("no systemd-analyze here")
	}
	for _, name := range []string{"weir.service", "weir-collector.service"} {
		text, err := os.ReadFile(filepath.Join(deploy, name))
		if err != nil {
			t.Fatal(err)
		}
		program, _, _ := strings.Cut(unitSettings(t, name)["ExecStart"], " ")
		unit := filepath.Join(t.TempDir(), name)
		there := strings.ReplaceAll(string(text), program, "/bin/true")
		if err := os.WriteFile(unit, []byte(there), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), analyze, "verify", unit).CombinedOutput()
		if err != nil || strings.Contains(string(out), name+":") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// The documentation for operators has the table as it is.
func TestDocumentHasTheTable(t *testing.T) {
	text, err := os.ReadFile("../../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range Table() {
		row := "| `" + c.Name + "` | " + c.Use + " | " + c.Loss + " | " + c.Until.String() + " |"
		if !strings.Contains(string(text), row) {
			t.Errorf("docs/security.md lacks the line\n%s", row)
		}
	}
}
