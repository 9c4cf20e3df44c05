package bpf

import "github.com/weirsec/weir/schemas/catalogue"

// socketcallNumber is i386's way to all socket calls; 0 where there is none.
const socketcallNumber = 0

func socketcalls() []catalogue.Type { return nil }

func nativeNumber(n catalogue.Numbers) int16    { return n.ARM64 }
func compatNumbers(n catalogue.Numbers) []int16 { return n.ARM }

// nativeFix knows that clone's last two arguments are the other way round.
func nativeFix(t catalogue.Type) fix {
	if t == catalogue.Clone {
		return fix{kind: fixSwap}
	}
	return fix{}
}

// compatFix knows the syscalls of 32-bit programs that take 64-bit numbers in a
// pair of registers, which begins at an even one.
func compatFix(t catalogue.Type, nr int16) fix {
	switch {
	case t == catalogue.Clone:
		return fix{kind: fixSwap}
	case t == catalogue.Mmap:
		return fix{kind: fixPages}
	case t == catalogue.Truncate && nr == 193, t == catalogue.Ftruncate && nr == 194:
		return fix{fixSplit, 1, 2}
	case t == catalogue.Pwrite64:
		return fix{fixSplit, 3, 4}
	default:
		return ids16(nr)
	}
}

const nativeIsAMD64 = false

// exits are the syscalls that end threads and processes, by this machine's
// numbers.
func exits(compat bool) map[uint32]int16 {
	if compat {
		return map[uint32]int16{1: exitAMD64, 248: exitGroupAMD64}
	}
	return map[uint32]int16{93: exitAMD64, 94: exitGroupAMD64}
}
