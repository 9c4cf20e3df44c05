package machine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/test/kernels/wire"
)

// pretend puts a program in QEMU's place that prints a text and then does more.
func pretend(t *testing.T, text, then string) Machine {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "port"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\n/bin/cat %s/port\n%s\n", dir, then)
	if err := os.WriteFile(filepath.Join(dir, "qemu-system-x86_64"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	return Machine{Arch: "amd64", Limit: 10 * time.Second, CPUs: 1, MemoryMiB: 1}
}

func frames(t *testing.T, list ...wire.Frame) string {
	t.Helper()
	var b bytes.Buffer
	w := wire.NewWriter(&b)
	for _, f := range list {
		if err := w.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestRun(t *testing.T) {
	m := pretend(t, "[ 0.1] booting\r\n"+frames(t, wire.Frame{Output: []byte("x")}, wire.Frame{End: true}), "")
	var got []wire.Frame
	err := m.Run(t.Context(), func(f wire.Frame) error { got = append(got, f); return nil })
	if err != nil || len(got) != 2 || string(got[0].Output) != "x" || !got[1].End {
		t.Errorf("%+v, %v", got, err)
	}
}

// Whatever cuts a run short is an error that shows what the kernel said.
func TestRunCutShort(t *testing.T) {
	one := frames(t, wire.Frame{Output: []byte("x")})
	for _, c := range []struct {
		name, text, then, want string
		limit                  time.Duration
	}{
		{"panic", one + "\nKernel panic - not syncing\n", "exit 0", "the guest ended before its job\n", time.Minute},
		{"panic shown", one + "\nKernel panic - not syncing\n", "exit 0", "Kernel panic", time.Minute},
		{"emulator fails", "", "echo no such machine >&2; exit 1", "exit status 1\nno such machine", time.Minute},
		{"hangs", one, "exec /bin/sleep 60", "not off after 200ms", 200 * time.Millisecond},
		{"torn", one[:len(one)-5] + "\n", "exec /bin/sleep 60", "frame 0 is damaged", time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := pretend(t, c.text, c.then)
			m.Limit = c.limit
			err := m.Run(t.Context(), func(wire.Frame) error { return nil })
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestRunStops(t *testing.T) {
	stop := errors.New("enough")
	m := pretend(t, frames(t, wire.Frame{}), "exec /bin/sleep 60")
	if err := m.Run(t.Context(), func(wire.Frame) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Run(ctx, func(wire.Frame) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestAvailable(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for arch, want := range map[string]string{"amd64": "package qemu-system-x86", "arm64": "package qemu-system-arm"} {
		if err := Available(arch); !errors.Is(err, ErrNoQEMU) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v", err)
		}
	}
	if err := Available("vax"); err == nil || errors.Is(err, ErrNoQEMU) {
		t.Errorf("error %v", err)
	}
}

// The clock of a steady machine follows its instructions, that of others this
// machine's.
func TestSteady(t *testing.T) {
	for _, steady := range []bool{false, true} {
		cmd, err := Machine{Arch: "amd64", CPUs: 1, MemoryMiB: 1, Steady: steady}.command(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(cmd.Args, "-icount") != steady {
			t.Errorf("steady %v: %q", steady, cmd.Args)
		}
	}
}
