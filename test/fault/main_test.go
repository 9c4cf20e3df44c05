package fault

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/weirsec/weir/internal/bus/bustest"
)

// binDir holds the programs under test, built once by TestMain.
var binDir string

func TestMain(m *testing.M) {
	bustest.ServeProcess()
	serveFeed()
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	if _, err := os.Stat(guestPrograms); err == nil {
		binDir = guestPrograms // a virtual machine has them, and no compiler
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "weir-fault-bin-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	args := []string{"build", "-o", dir + "/"}
	for _, role := range roles {
		args = append(args, "github.com/weirsec/weir/cmd/weir-"+role)
	}
	build := exec.Command("go", args...)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the programs:", err)
		return 1
	}
	binDir = dir
	return m.Run()
}
