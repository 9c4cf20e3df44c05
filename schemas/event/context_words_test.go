package event

import (
	"math"
	"testing"
)

func TestHasCapability(t *testing.T) {
	// What Docker gives a container.
	c := &Context{Capabilities: 0xa80425fb}
	for name, want := range map[string]bool{
		"CAP_CHOWN": true, "CAP_NET_RAW": true, "CAP_SETFCAP": true, "CAP_MKNOD": true, "CAP_SYS_ADMIN": false, "CAP_BPF": false,
		"CAP_NO_SUCH": false, "": false, "SYS_ADMIN": false, "64": false, "-1": false,
	} {
		if c.HasCapability(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
	all := &Context{Capabilities: math.MaxUint64}
	for i, s := range capabilityNames.list {
		one := &Context{Capabilities: 1 << i}
		if !all.HasCapability(s.name) || !one.HasCapability(s.name) || (&Context{}).HasCapability(s.name) {
			t.Errorf("%s is not bit %d", s.name, i)
		}
	}
}

func TestTerminal(t *testing.T) {
	// As stat(2) of the device gives it: makedev of major and minor.
	for number, want := range map[uint32]string{
		0: "", 0x8803: "pts/3", 0x8800: "pts/0", 0x1088ff | 0x8800: "pts/511", 0x8901: "pts/257",
		0x401: "tty1", 0x440: "ttyS0", 0x501: "console", 0xcc40: "204:64", 0x502: "5:2",
	} {
		if got := (&Context{TTY: number}).Terminal(); got != want {
			t.Errorf("%#x: %q, want %q", number, got, want)
		}
	}
}
