package record

import (
	"encoding/binary"
	"fmt"

	"github.com/weirsec/weir/schemas/catalogue"
)

const (
	// Version is the layout's version that the kernel programs write.
	Version = 1
	// oldestVersion is the earliest that the Decoder still accepts.
	oldestVersion = 1

	// headerSize is the least that a header has, fullHeader what the kernel
	// programs of this version write.
	headerSize = 160
	fullHeader = 184
	// identity is the part of the header that describes the thread.
	identityStart, identityEnd = 32, 144
	// maxRecord bounds a record; the kernel's largest has about 26 KiB.
	maxRecord = 1 << 20
)

// Flags of a record.
const (
	// FlagCompat marks a 32-bit syscall.
	FlagCompat uint16 = 1 << iota
	// FlagFault means that an argument could not be read and is null.
	FlagFault
	// FlagTruncated means that an argument is longer than what is there.
	FlagTruncated
)

// Hook tells where a record was made.
type Hook uint8

// The hooks.
const (
	HookSysExit Hook = iota + 1
	HookTracepoint
	HookLSM
	HookFentry
	HookKprobe
	HookProcfs
	HookCgroupSKB
	HookIterator
	// HookRuntime marks what a container runtime told.
	HookRuntime
)

// String returns the hook as Event.Hook names it, or "" for an unknown one.
func (h Hook) String() string {
	names := [...]string{"", "sys_exit", "tp", "lsm", "fentry", "kprobe", "procfs", "cgroup_skb", "iter", "runtime"}
	if int(h) >= len(names) {
		return ""
	}
	return names[h]
}

// Header is the fixed part of a record, field for field as the kernel writes
// it. Times are nanoseconds since boot; ids named Host… are of the root pid
// namespace, the others of the thread's own.
type Header struct {
	Len                    uint32
	Version, Words         uint8
	Type                   catalogue.Type
	Flags                  uint16
	Hook                   Hook
	_                      uint8
	CPU                    uint32
	Time                   uint64
	CPUSeq                 uint64
	HostPID, HostTID       int32
	HostPPID               int32
	PID, TID, PPID         int32
	UID, GID, EUID         uint32
	LoginUID               uint32
	StartTime, LeaderStart uint64
	ParentStart            uint64
	CgroupID               uint64
	MountNS, PIDNS         uint32
	Comm                   [16]byte
	NodeName               [16]byte
	Ret                    int64
	// Sysno is the x86-64 number of the syscall, on any machine; -1 for none
	// that is known.
	Sysno int32
	_     uint32
	// Capabilities are the effective ones, a bit each.
	Capabilities uint64
	// UnifiedCgroupID is the id in the cgroup v2 hierarchy; CgroupID's own where
	// that is v2.
	UnifiedCgroupID uint64
	// TTY is the device number of the controlling terminal, 0 for none; NetNS the
	// inode of the network namespace.
	TTY, NetNS uint32
}

// headerError says what is wrong with a record and where in it.
func headerError(offset int, format string, args ...any) error {
	return fmt.Errorf("record: offset %d: %s", offset, fmt.Sprintf(format, args...))
}

// check looks at the fixed fields that everything else relies on.
func check(rec []byte) error {
	if len(rec) < headerSize {
		return headerError(0, "%d bytes are less than a header", len(rec))
	}
	if n := binary.LittleEndian.Uint32(rec); int(n) != len(rec) {
		return headerError(0, "length says %d of %d bytes", n, len(rec))
	}
	if v := rec[4]; v < oldestVersion || v > Version {
		return headerError(4, "layout version %d, want %d to %d", v, oldestVersion, Version)
	}
	if w := int(rec[5]) * 8; w < headerSize || w > len(rec) {
		return headerError(5, "header of %d bytes in a record of %d", w, len(rec))
	}
	return nil
}
