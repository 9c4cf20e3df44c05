package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// binDir holds the programs under test, built once by TestMain.
var binDir string

func TestMain(m *testing.M) {
	if os.Getenv(actionKey) != "" {
		if err := act(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "weir-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	// Users other than root run the programs too.
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // the programs are no secret
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	build := exec.Command("go", "build", "-o", dir+"/", "github.com/weirsec/weir/cmd/...")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the programs:", err)
		return 1
	}
	binDir = dir
	return m.Run()
}

// program returns the path of a built program. A path is one that a test built.
func program(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(binDir, name)
}

// needEBPF skips a test that loads eBPF where that cannot work, or fails it
// where WEIR_REQUIRE says that it must.
func needEBPF(t *testing.T) {
	t.Helper()
	reason := ""
	if os.Geteuid() != 0 {
		reason = "loading eBPF needs root"
	} else if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err != nil {
		reason = "the kernel has no BTF: " + err.Error()
	}
	if reason == "" {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("WEIR_REQUIRE"), ","), "ebpf") {
		t.Fatal("WEIR_REQUIRE=ebpf, but " + reason)
	}
	t.Skip(reason)
}

// moduleRoot returns the folder of the shipped module.
func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
