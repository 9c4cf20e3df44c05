package plugin

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// hostDir holds weir as "make detector-plugin" builds it, without the flags
// that only make it smaller, built once by TestMain; empty where no C compiler
// is found, which noCompiler explains.
var hostDir, noCompiler string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	compiler, err := exec.LookPath(compilerName())
	if err != nil {
		noCompiler = "Go plugins need a C compiler: " + err.Error()
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "weir-plugin-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if out, err := goBuild("", dir+"/", "github.com/weirsec/weir/cmd/weir"); err != nil {
		fmt.Fprintf(os.Stderr, "build weir with %s: %v\n%s", compiler, err, out)
		return 1
	}
	hostDir = dir
	return m.Run()
}

func compilerName() string {
	if name := strings.Fields(os.Getenv("CC")); len(name) > 0 {
		return name[0]
	}
	return "gcc"
}

// needCgo skips a test where nothing can be built with cgo, or fails it where
// WEIR_REQUIRE says that it must be.
func needCgo(t *testing.T) {
	t.Helper()
	if noCompiler == "" {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("WEIR_REQUIRE"), ","), "cgo") {
		t.Fatal("WEIR_REQUIRE=cgo, but " + noCompiler)
	}
	t.Skip(noCompiler)
}

// goBuild builds a package with cgo.
func goBuild(dir, output, pkg string, flags ...string) ([]byte, error) {
	cmd := exec.Command("go", slices.Concat([]string{"build", "-o", output}, flags, []string{pkg})...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	return cmd.CombinedOutput()
}

// build builds a plugin of this folder into a file.
func build(t *testing.T, file, pkg string, flags ...string) {
	t.Helper()
	if out, err := goBuild("", file, pkg, append(flags, "-buildmode=plugin")...); err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, out)
	}
}

// weir runs a command of the program that can load plugins.
func weir(t *testing.T, input string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(hostDir, "weir"), args...)
	var out, messages strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &messages
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), messages.String(), cmd.ProcessState.ExitCode()
}

// staticList lists signatures with a program that was built without cgo, and of
// which not all can be loaded: it ends with status 1.
func staticList(t *testing.T, dir string) (stdout, stderr string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "weir")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", file, "github.com/weirsec/weir/cmd/weir")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd = exec.CommandContext(t.Context(), file, "signature", "list", "--signatures", dir)
	var out, messages strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &messages
	err := cmd.Run()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("%v, want exit status 1\n%s", err, messages.String())
	}
	return out.String(), messages.String()
}
