package catalogue

import "testing"

// The table must agree with the numbers that events have on arm64.
func TestGenericNames(t *testing.T) {
	checked := 0
	for e := range All() {
		if !e.IsSyscall() || e.Syscall.ARM64 < 0 {
			continue
		}
		if got := GenericSyscallName(int32(e.Syscall.ARM64)); got != e.Name {
			t.Errorf("number %d is %q, the event is %s", e.Syscall.ARM64, got, e.Name)
		}
		checked++
	}
	if checked < 80 {
		t.Errorf("only %d syscalls are compared", checked)
	}
	for number, want := range map[int32]string{
		-1: "", 0: "io_setup", 64: "write", 172: "getpid", 244: "", 300: "", 423: "", 424: "pidfd_send_signal", 1 << 20: "",
	} {
		if got := GenericSyscallName(number); got != want {
			t.Errorf("number %d is %q, want %q", number, got, want)
		}
	}
}
