package record

import (
	"testing"

	"github.com/weirsec/weir/schemas/event"
)

// The numbers are those of linux/io_uring.h.
func TestOperations(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "nop", 9: "sendmsg", 13: "accept", 16: "connect", 18: "openat", 22: "read", 23: "write", 28: "openat2",
		35: "renameat", 36: "unlinkat", 45: "socket", 46: "uring_cmd", 54: "fixed_fd_install", 62: "pipe",
	} {
		if got := operation(event.Uint(n)).Text(); got != want {
			t.Errorf("operation %d is %q, want %q", n, got, want)
		}
	}
	for _, v := range []event.Value{event.Uint(63), event.Uint(1 << 63), event.Int(-1), {}} {
		if got := operation(v); !got.IsNull() {
			t.Errorf("operation %v is %v", v, got)
		}
	}
}
