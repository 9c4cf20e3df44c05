package bpf

import "github.com/weirsec/weir/schemas/catalogue"

// What the kernel program does besides recording; enum row_action in
// headers/maps.h.
const (
	actNone = iota
	actOpen
	actConnect
	actExec
	actRename
	actMount
	actReadFile
	actProtect
	actWrite
	actDup
	actRoute
)

// action is what a syscall's end is looked at for, and how syscalls of the same
// action differ; the variants are in headers/derive.h and protect.h.
type action struct{ action, variant uint8 }

func actionOf(e *catalogue.Event) action {
	switch e.Type {
	case catalogue.Execve, catalogue.Execveat:
		return action{actExec, 0}
	case catalogue.Creat, catalogue.Rename, catalogue.FinitModule, catalogue.Write, catalogue.Mprotect:
		return action{actionFor(e.Derived), 0}
	case catalogue.Open, catalogue.Renameat, catalogue.Renameat2, catalogue.KexecFileLoad, catalogue.Writev,
		catalogue.Mmap, catalogue.Fcntl:
		return action{actionFor(e.Derived), 1}
	case catalogue.Openat, catalogue.OpenByHandleAt, catalogue.Pwrite64:
		return action{actionFor(e.Derived), 2}
	case catalogue.Openat2, catalogue.Pwritev, catalogue.Pwritev2:
		return action{actionFor(e.Derived), 3}
	default:
		return action{actionFor(e.Derived), 0}
	}
}

// actionFor returns the action that makes a derived event.
func actionFor(derived catalogue.Type) uint8 {
	switch derived {
	case catalogue.SecurityFileOpen:
		return actOpen
	case catalogue.SecuritySocketConnect:
		return actConnect
	case catalogue.SecurityInodeRename:
		return actRename
	case catalogue.SecuritySbMount:
		return actMount
	case catalogue.SecurityKernelReadFile:
		return actReadFile
	case catalogue.MemProtAlert:
		return actProtect
	case catalogue.MagicWrite:
		return actWrite
	case catalogue.SocketDup:
		return actDup
	default:
		return actNone
	}
}
