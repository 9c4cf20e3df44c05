package integrity

import (
	"fmt"
	"strings"

	"github.com/weirsec/weir/schemas/catalogue"
)

// finding is one thing that is not as it should be.
type finding struct {
	event catalogue.Type
	// texts, index and list are what Kernel.Report takes.
	texts []string
	index int
	list  []string
	// key tells it from others, so that it is reported once.
	key string
}

// ofSyscall is the event of a syscall that leads elsewhere.
func ofSyscall(h hook, whose owner) finding {
	address := fmt.Sprintf("%#x", h.address)
	return finding{
		event: catalogue.HookedSyscall, key: h.syscall + " " + address,
		texts: []string{h.syscall, address, whose.function, whose.module},
	}
}

// ofDirectory is the event of a directory of /proc.
func ofDirectory(name string, pointers []pointer, whose owners) finding {
	f := finding{event: catalogue.HookedProcFops, texts: []string{"", name}}
	var key strings.Builder
	key.WriteString(name)
	for _, p := range pointers {
		fmt.Fprintf(&key, " %#x", p.address)
		f.list = append(f.list, p.name, whose.of(p.address).module)
	}
	f.key = key.String()
	return f
}
