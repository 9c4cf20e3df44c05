package fault

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/test/kernels"
	emulator "github.com/weirsec/weir/test/kernels/machine"
)

// clockKernel is the kernel of the machine whose clock jumps.
const clockKernel = "6.12"

// TestClockJump in a virtual machine, with the real programs.
func TestClockJumpInAMachine(t *testing.T) {
	if noThrowaway() == nil {
		t.Skip("this is the machine")
	}
	if os.Getenv(seedsKey) == "" {
		t.Skip("the long form: make fault")
	}
	kernel, err := kernels.Find(clockKernel)
	if err != nil {
		t.Fatal(err)
	}
	// However busy this machine is, the programs in the other one have the same time
	// for the same work.
	kernel.Steady = true
	if err := emulator.Available(kernel.Arch); err != nil {
		noMachine(t, err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	lab, err := kernels.NewLab(root, t.TempDir(), 10*time.Minute, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lab.Fetch(t.Context(), kernel); err != nil {
		noMachine(t, err)
	}
	test, err := lab.Build(t.Context(), kernel.Arch, "./test/fault", true)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{guestWanted: writeWanted(t)}
	for _, role := range roles {
		if files[guestPrograms+"/weir-"+role], err = lab.Build(t.Context(), kernel.Arch, "./cmd/weir-"+role, false); err != nil {
			t.Fatal(err)
		}
	}
	var says bytes.Buffer
	codes, err := lab.Run(t.Context(), kernels.Guest{Kernel: kernel, Files: files, MemoryMiB: 2048}, kernels.Program{
		Binary: test, Dir: "test/fault", Env: []string{seedsKey + "=" + os.Getenv(seedsKey)},
		Args:   []string{"-test.run", "^TestClockJump$", "-test.v", "-test.timeout", "9m"},
		Output: io.MultiWriter(&says, os.Stderr), // it takes minutes
	})
	if err != nil || codes[0] != 0 || !strings.Contains(says.String(), "--- PASS: TestClockJump (") {
		t.Fatalf("exit codes %v, %v:\n%s", codes, err, says.String())
	}
}

// noMachine skips; with WEIR_REQUIRE=kernels it fails instead.
func noMachine(t *testing.T, err error) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("WEIR_REQUIRE"), ","), "kernels") {
		t.Fatalf("WEIR_REQUIRE=kernels, but %v", err)
	}
	t.Skip(err)
}
