package bpf

import (
	"runtime"
	"testing"

	"github.com/weirsec/weir/schemas/catalogue"
)

// Syscalls that make no event are named too, because others happen in them.
func TestSysnos(t *testing.T) {
	type call struct {
		nr     uint32
		compat bool
	}
	want := map[call]string{
		{426, false}: "io_uring_enter", {426, true}: "io_uring_enter", {1, true}: "exit", {3, true}: "", {470, true}: "listns",
	}
	if runtime.GOARCH == "arm64" {
		want[call{93, false}], want[call{94, false}], want[call{248, true}], want[call{0, false}] = "exit", "exit_group", "exit_group", ""
	} else {
		want[call{60, false}], want[call{231, false}], want[call{252, true}], want[call{0, false}] = "exit", "exit_group", "exit_group", "read"
	}
	for c, name := range want {
		if got := catalogue.SyscallName(int32(sysno(c.nr, c.compat))); got != name {
			t.Errorf("%+v is %q, want %q", c, got, name)
		}
	}
	if sysno(400, false) != -1 {
		t.Error("a number that no syscall has is one")
	}
}

// The oldest variants of syscalls take ids of 16 bits, the newer ones do not.
func TestIDs16(t *testing.T) {
	for nr, want := range map[int16]fix{
		23: {fixIDs16, 0, 1}, 71: {fixIDs16, 0, 2}, 164: {fixIDs16, 0, 3}, 182: {fixIDs16, 1, 3}, 213: {}, 212: {}, 5: {},
	} {
		if got := ids16(nr); got != want {
			t.Errorf("%d: %+v, want %+v", nr, got, want)
		}
	}
	for e := range catalogue.All() {
		for _, n := range numbersOf(e) {
			if n.fix.kind == fixIDs16 && !n.compat {
				t.Errorf("%s takes ids of 16 bits in 64-bit programs", e.Name)
			}
		}
	}
}
