package bpf

import "github.com/weirsec/weir/schemas/catalogue"

// What is to be mended in a syscall's arguments; enum row_fix in headers/maps.h.
const (
	fixNone = iota
	fixSplit
	fixBlock
	fixPages
	fixSwap
	fixIDs16
)

// fix mends arguments that are not where x86-64 has them.
type fix struct{ kind, arg, reg uint8 }

// number is one number of a syscall in one of the machine's tables.
type number struct {
	compat bool
	nr     uint32
	fix    fix
}

// numbersOf returns under which numbers this machine's programs call a syscall.
func numbersOf(e *catalogue.Event) []number {
	var list []number
	if nr := nativeNumber(e.Syscall); nr >= 0 {
		list = append(list, number{nr: uint32(nr), fix: nativeFix(e.Type)})
	}
	for _, nr := range compatNumbers(e.Syscall) {
		list = append(list, number{compat: true, nr: uint32(nr), fix: compatFix(e.Type, nr)})
	}
	for i, t := range socketcalls() {
		if t == e.Type {
			list = append(list, number{compat: true, nr: routed + uint32(i), fix: fix{fixBlock, 1, 0}})
		}
	}
	return list
}

// ids16 mends the ids of the oldest variants of some syscalls, which 32-bit
// programs of both machines have under the same numbers.
func ids16(nr int16) fix {
	switch nr {
	case 23, 46, 138, 139: // setuid, setgid, setfsuid, setfsgid
		return fix{fixIDs16, 0, 1}
	case 70, 71: // setreuid, setregid
		return fix{fixIDs16, 0, 2}
	case 164, 170: // setresuid, setresgid
		return fix{fixIDs16, 0, 3}
	case 16, 95, 182: // lchown, fchown, chown
		return fix{fixIDs16, 1, 3}
	default:
		return fix{}
	}
}
