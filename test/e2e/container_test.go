package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// cgroupRoot returns where cgroups of processes are made: the v1 hierarchy of
// the pids controller, or the v2 one.
func cgroupRoot(t *testing.T) string {
	t.Helper()
	for _, dir := range []string{"/sys/fs/cgroup/pids", "/sys/fs/cgroup"} {
		if _, err := os.Stat(filepath.Join(dir, "cgroup.procs")); err == nil {
			return dir
		}
	}
	t.Skip("there is no cgroup hierarchy at /sys/fs/cgroup")
	return ""
}

// A process in a cgroup as Docker makes them is told as a container's, whether
// the cgroup was there before Weir or came later.
func TestContainerFromCgroup(t *testing.T) {
	needEBPF(t)
	root := cgroupRoot(t)
	before, after := strings.Repeat("0123456789abcdef", 4), strings.Repeat("fedcba9876543210", 4)
	makeCgroup := func(id string) string {
		dir := filepath.Join(root, "docker", id)
		if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a cgroup is no secret
			t.Skip("cannot make a cgroup: ", err)
		}
		t.Cleanup(func() {
			_ = os.Remove(dir)
			_ = os.Remove(filepath.Dir(dir))
		})
		return dir
	}
	early := makeCgroup(before)
	watched := filepath.Join(t.TempDir(), "watched")
	writeFile(t, watched, "")
	_, url := startRun(t, nil, "--signatures", writeSignature(t, watched))
	findings := subscribe(t, url, "weir.findings.>")
	late := makeCgroup(after)
	for n, dir := range []string{early, late} {
		script := `echo $$ > "$1/cgroup.procs" && exec cat "$2"`
		if text, err := exec.Command("sh", "-c", script, "sh", dir, watched).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		eventually(t, 5*time.Second, "the finding", func() error {
			if got := len(findings.all()); got != n+1 {
				return fmt.Errorf("%d findings", got)
			}
			return nil
		})
	}
	for n, want := range []string{before, after} {
		var data struct {
			Container  struct{ ID, Runtime string }
			Enrichment map[string]string
		}
		if err := json.Unmarshal(newValidator(t).check(t, findings.all()[n].Data).Data(), &data); err != nil {
			t.Fatal(err)
		}
		if data.Container.ID != want || data.Container.Runtime != "docker" || data.Enrichment["container"] != "not_found" {
			t.Errorf("got %+v, want container %s", data, want)
		}
	}
}
