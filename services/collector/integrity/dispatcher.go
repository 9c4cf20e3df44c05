package integrity

import (
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/arch/x86/x86asm"
)

// dispatcher is the function that calls the syscalls of newer x86-64 kernels.
const dispatcher = "x64_sys_call"

// maxDispatcher bounds what is read of it; 6.18 has 12 KiB.
const maxDispatcher = 64 << 10

const (
	markLength     = 4
	maxInstruction = 15
	breakpoint     = 0xcc
)

// hasDispatcher tells the architecture that has such a function.
const hasDispatcher = runtime.GOARCH == "amd64"

// checkDispatcher returns where the direct branches of the function lead to
// outside of the kernel's code. Left out is a call as the first instruction,
// which is how the kernel traces its own functions. The error says from where on
// the code is not what was compiled: a breakpoint (a kprobe) is there, or what is
// no instruction.
func checkDispatcher(code []byte, at uint64, text span) ([]hook, error) {
	var found []hook
	quiet := false // nothing runs on from the instruction before
	first := true
	for pos := 0; pos < len(code); {
		if isMark(code[pos:]) {
			pos += markLength
			continue
		}
		in, err := x86asm.Decode(code[pos:], 64)
		if err != nil {
			if len(code)-pos < maxInstruction {
				break // cut off
			}
			return found, fmt.Errorf("%s+%#x: %w", dispatcher, pos, err)
		}
		if code[pos] == breakpoint && !quiet {
			return found, fmt.Errorf("%s+%#x: a breakpoint", dispatcher, pos)
		}
		next := at + uint64(pos+in.Len)
		if rel, direct := in.Args[0].(x86asm.Rel); direct && (!first || in.Op != x86asm.CALL) {
			if to := next + uint64(int64(rel)); !text.holds(to) && !slices.Contains(found, hook{dispatcher, to}) {
				found = append(found, hook{dispatcher, to})
			}
		}
		quiet = in.Op == x86asm.RET || in.Op == x86asm.JMP || in.Op == x86asm.INT
		first = false
		pos += in.Len
	}
	return found, nil
}

// isMark reports endbr64, which stands where indirect calls may lead.
func isMark(code []byte) bool {
	return len(code) >= markLength && code[0] == 0xf3 && code[1] == 0x0f && code[2] == 0x1e && code[3] == 0xfa
}
