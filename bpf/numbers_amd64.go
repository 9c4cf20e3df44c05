package bpf

// socketcallNumber is i386's way to all socket calls; 0 where there is none.
const socketcallNumber = 102

// nativeNumber returns the machine's number of an x86-64 syscall.
func nativeNumber(sysno int16) (uint32, bool) { return uint32(sysno), true }

// compatNumber returns the 32-bit number of an x86-64 syscall.
func compatNumber(sysno int16) (uint32, bool) {
	switch sysno {
	case 2:
		return 5, true
	case 42:
		return 362, true
	case 56:
		return 120, true
	case 57:
		return 2, true
	case 58:
		return 190, true
	case 59:
		return 11, true
	case 60:
		return 1, true
	case 83:
		return 39, true
	case 84:
		return 40, true
	case 85:
		return 8, true
	case 101:
		return 26, true
	case 231:
		return 252, true
	case 257:
		return 295, true
	case 258:
		return 296, true
	case 263:
		return 301, true
	case 322:
		return 358, true
	case 435, 437:
		return uint32(sysno), true
	}
	return 0, false
}
