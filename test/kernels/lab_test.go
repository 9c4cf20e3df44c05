package kernels

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirsec/weir/test/kernels/machine"
)

// Each program's output and end come back as its own, whatever the one before
// it did.
func TestKernelsLab(t *testing.T) {
	guest := chosen(t)[0].Guest
	lab := newLab(t)
	arch := guest.Kernel.Arch
	if err := machine.Available(arch); err != nil {
		unavailable(t, err)
	}
	if _, err := lab.Fetch(t.Context(), guest.Kernel); err != nil {
		unavailable(t, err)
	}
	build := func(pack string, tests bool) string {
		file, err := lab.Build(t.Context(), arch, pack, tests)
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	tests := build("./test/kernels/inside", true)
	var bad, where, good bytes.Buffer
	codes, err := lab.Run(t.Context(), guest,
		Program{Binary: tests, Args: []string{"-no-such-flag"}, Output: &bad},
		Program{Binary: tests, Dir: "bpf", Args: []string{"-test.list=Load"}, Output: &where},
		Program{Binary: build("./test/kernels/succeed", false), Output: &good})
	if err != nil {
		t.Fatal(err)
	}
	if codes[0] != 2 || codes[1] != 0 || codes[2] != 0 {
		t.Errorf("exit codes %v", codes)
	}
	if !strings.Contains(bad.String(), "flag provided but not defined: -no-such-flag") {
		t.Errorf("first program: %q", bad.String())
	}
	if where.String() != "TestLoad\n" || good.Len() > 0 {
		t.Errorf("second program: %q, third: %q", where.String(), good.String())
	}
}

// What cannot be run is refused before a machine starts.
func TestLabRefuses(t *testing.T) {
	lab := newLab(t)
	if _, err := lab.Build(t.Context(), "amd64", "./no/such/package", false); err == nil {
		t.Error("a package that is not there is built")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	unknown := Kernel{Name: "none", Arch: "amd64", Sources: debian("none", "amd64", "no-such-suite").Sources}
	_, err := lab.Run(ctx, Guest{Kernel: unknown})
	if err == nil || !strings.Contains(err.Error(), "kernel none cannot be had: debian_no-such-suite_") {
		t.Errorf("error %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(lab.work, "initrd-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
