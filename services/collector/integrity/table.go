package integrity

import (
	"encoding/binary"
	"fmt"
	"runtime"

	"github.com/weirsec/weir/schemas/catalogue"
)

// maxSyscalls bounds the table, which ends where the next thing with a name
// begins.
const maxSyscalls = 512

// upperHalf is where addresses of the kernel are, on both architectures.
const upperHalf = 1 << 63

// hook is a syscall that leads elsewhere.
type hook struct {
	syscall string
	address uint64
}

// checkTable looks at each entry of sys_call_table. Behind the last syscall may
// be something else: there, only what can be a function counts.
func checkTable(memory []byte, text span, name func(int32) string) []hook {
	var found []hook
	for n := range int32(min(len(memory)/8, maxSyscalls)) {
		address := binary.LittleEndian.Uint64(memory[n*8:])
		known := name(n)
		switch {
		case address == 0 || text.holds(address):
		case known != "":
			found = append(found, hook{known, address})
		case address >= upperHalf:
			found = append(found, hook{fmt.Sprintf("syscall_%d", n), address})
		}
	}
	return found
}

// syscallName names the syscalls of this architecture.
func syscallName(n int32) string {
	if runtime.GOARCH == "arm64" {
		return catalogue.GenericSyscallName(n)
	}
	return catalogue.SyscallName(n)
}
