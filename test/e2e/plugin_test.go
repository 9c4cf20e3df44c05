package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus/bustest"
)

// buildPlugin builds weir-detector as "make detector-plugin" does, and the
// example of a plugin into a directory of its own.
func buildPlugin(t *testing.T) (detector, dir string) {
	t.Helper()
	compiler := "gcc"
	if words := strings.Fields(os.Getenv("CC")); len(words) > 0 {
		compiler = words[0]
	}
	if _, err := exec.LookPath(compiler); err != nil {
		reason := "Go plugins need a C compiler: " + err.Error()
		if slices.Contains(strings.Split(os.Getenv("WEIR_REQUIRE"), ","), "cgo") {
			t.Fatal("WEIR_REQUIRE=cgo, but " + reason)
		}
		t.Skip(reason)
	}
	dir, detector = t.TempDir(), filepath.Join(t.TempDir(), "weir-detector")
	for _, args := range [][]string{
		{"build", "-trimpath", "-o", detector, "github.com/weirsec/weir/cmd/weir-detector"},
		{"build", "-trimpath", "-buildmode=plugin", "-o", filepath.Join(dir, "keys.so"), "github.com/weirsec/weir/test/plugin/example"},
	} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	return detector, dir
}

// A detector with a Go plugin that was written for Tracee, around a broker: what
// the kernel sees becomes the plugin's finding, with what it remembered, and a
// file that is no plugin harms nobody.
func TestDetectorWithAPlugin(t *testing.T) {
	needEBPF(t)
	detector, dir := buildPlugin(t)
	writeFile(t, filepath.Join(dir, "broken.so"), "no plugin")
	// Made before anybody watches: whoever makes a key opens it.
	home := t.TempDir()
	makeDir(t, filepath.Join(home, ".ssh"))
	keys := []string{filepath.Join(home, ".ssh", "id_rsa"), filepath.Join(home, ".ssh", "id_ed25519")}
	for _, key := range append(keys, filepath.Join(home, ".ssh", "id_rsa.pub")) {
		writeFile(t, key, "")
	}
	_, url := bustest.RunListening(t)
	startReady(t, nil, "weir-enricher", "--nats-url", url)
	startReady(t, nil, "weir-notifier", "--nats-url", url)
	detecting := startReady(t, nil, detector, "--nats-url", url, "--signatures", dir, "--instance", "plugged")
	if text := detecting.stderr.String(); !contains(text, "broken.so") || !contains(text, "1 not loaded (see above), 1 signature loaded") {
		t.Errorf("the detector says:\n%s", text)
	}
	waitForInterest(t, startReady(t, nil, "weir-collector", "--nats-url", url))
	findings := subscribe(t, url, "weir.findings.>")

	// One program reads all: the plugin counts by process.
	if err := exec.Command("cat", append(keys, filepath.Join(home, ".ssh", "id_rsa.pub"))...).Run(); err != nil {
		t.Fatal(err)
	}
	for i, key := range keys {
		f := findings.findingOf(t, 30*time.Second, "EX-1", func(f told) bool { return f.Data["path"] == key })
		if f.Data["keys"] != float64(i+1) || f.Event.ProcessName != "cat" || f.Signature.Severity != "medium" {
			t.Errorf("finding %+v", f)
		}
	}
	stdout := weirSays(t, 0, nil, "signature", "list", "--nats-url", url)
	if !contains(stdout, "EX-1") || !contains(stdout, "keys.so") || !contains(stdout, "plugged") {
		t.Errorf("the list:\n%s", stdout)
	}
	if code := detecting.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if n := len(uniqueIDs(findings.all())); n != len(keys) {
		t.Errorf("%d findings, want one for each private key", n)
	}
}
