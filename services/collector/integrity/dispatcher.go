package integrity

import (
	"runtime"
	"slices"

	"golang.org/x/arch/x86/x86asm"
)

// dispatcher is the function that calls the syscalls of newer x86-64 kernels.
const dispatcher = "x64_sys_call"

// maxDispatcher bounds what is read of it; 6.18 has 12 KiB.
const maxDispatcher = 64 << 10

// hasDispatcher tells the architecture that has such a function.
const hasDispatcher = runtime.GOARCH == "amd64"

// checkDispatcher returns where the direct branches of the function lead to
// outside of the kernel's code. Left out is a call as the first instruction,
// which is how the kernel traces its own functions. Behind a breakpoint (a
// kprobe) the code is not what was compiled: it ends there.
func checkDispatcher(code []byte, at uint64, text span) []hook {
	var found []hook
	quiet := false // nothing runs on from the instruction before
	first := true
	for pos := 0; pos < len(code); {
		in, err := x86asm.Decode(code[pos:], 64)
		if err != nil {
			if len(code)-pos < 15 {
				break // cut off
			}
			pos++
			continue
		}
		if in.Op == x86asm.INT && code[pos] == 0xcc && !quiet {
			break
		}
		next := at + uint64(pos+in.Len)
		if rel, direct := in.Args[0].(x86asm.Rel); direct && !(first && in.Op == x86asm.CALL) {
			if to := next + uint64(int64(rel)); !text.holds(to) && !slices.Contains(found, hook{dispatcher, to}) {
				found = append(found, hook{dispatcher, to})
			}
		}
		quiet = in.Op == x86asm.RET || in.Op == x86asm.JMP || in.Op == x86asm.INT
		first = first && isMark(code[pos:])
		pos += in.Len
	}
	return found
}

// isMark reports endbr64, which stands before the first instruction where the
// processor checks where calls lead.
func isMark(code []byte) bool {
	return len(code) >= 4 && code[0] == 0xf3 && code[1] == 0x0f && code[2] == 0x1e && code[3] == 0xfa
}
