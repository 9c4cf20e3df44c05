package bpf

import "github.com/weirsec/weir/schemas/catalogue"

// socketcallNumber is i386's way to all socket calls; 0 where there is none.
const socketcallNumber = 102

// socketcalls are the calls behind it by number; 0 for those that are counted
// and not decoded (send and recv).
func socketcalls() []catalogue.Type {
	return []catalogue.Type{
		1: catalogue.Socket, 2: catalogue.Bind, 3: catalogue.Connect, 4: catalogue.Listen, 5: catalogue.Accept,
		8: catalogue.Socketpair, 11: catalogue.Sendto, 12: catalogue.Recvfrom, 13: catalogue.Shutdown,
		14: catalogue.Setsockopt, 16: catalogue.Sendmsg, 17: catalogue.Recvmsg, 18: catalogue.Accept4,
		20: catalogue.Sendmmsg,
	}
}

func nativeNumber(n catalogue.Numbers) int16    { return n.AMD64 }
func compatNumbers(n catalogue.Numbers) []int16 { return n.I386 }

func nativeFix(catalogue.Type) fix { return fix{} }

// compatFix knows the syscalls of i386 that take 64-bit numbers in two
// registers, or their arguments in another way.
func compatFix(t catalogue.Type, nr int16) fix {
	switch {
	case t == catalogue.Clone:
		return fix{kind: fixSwap}
	case t == catalogue.Mmap && nr == 90:
		return fix{kind: fixBlock}
	case t == catalogue.Mmap:
		return fix{kind: fixPages}
	case t == catalogue.Truncate && nr == 193, t == catalogue.Ftruncate && nr == 194:
		return fix{fixSplit, 1, 1}
	case t == catalogue.Pwrite64:
		return fix{fixSplit, 3, 3}
	default:
		return ids16(nr)
	}
}

const nativeIsAMD64 = true

// exits are the syscalls that end threads and processes, by this machine's
// numbers.
func exits(compat bool) map[uint32]int16 {
	if compat {
		return map[uint32]int16{1: exitAMD64, 252: exitGroupAMD64}
	}
	return nil
}
