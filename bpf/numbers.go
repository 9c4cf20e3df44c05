package bpf

import "github.com/weirsec/weir/schemas/catalogue"

// What is to be mended in a syscall's arguments; enum row_fix in headers/maps.h.
const (
	fixNone = iota
	fixSplit
	fixBlock
	fixPages
	fixSwap
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
