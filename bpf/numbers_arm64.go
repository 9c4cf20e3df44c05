package bpf

// socketcallNumber is i386's way to all socket calls; 0 where there is none.
const socketcallNumber = 0

// nativeNumber returns the machine's number of an x86-64 syscall; arm64 has no
// open, creat, fork, vfork, mkdir and rmdir.
func nativeNumber(sysno int16) (uint32, bool) {
	switch sysno {
	case 42:
		return 203, true
	case 56:
		return 220, true
	case 59:
		return 221, true
	case 60:
		return 93, true
	case 101:
		return 117, true
	case 231:
		return 94, true
	case 257:
		return 56, true
	case 258:
		return 34, true
	case 263:
		return 35, true
	case 322:
		return 281, true
	case 435, 437:
		return uint32(sysno), true
	}
	return 0, false
}

// compatNumber returns the 32-bit (EABI) number of an x86-64 syscall.
func compatNumber(sysno int16) (uint32, bool) {
	switch sysno {
	case 2:
		return 5, true
	case 42:
		return 283, true
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
		return 248, true
	case 257:
		return 322, true
	case 258:
		return 323, true
	case 263:
		return 328, true
	case 322:
		return 387, true
	case 435, 437:
		return uint32(sysno), true
	}
	return 0, false
}
