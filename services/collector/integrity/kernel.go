package integrity

import (
	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/schemas/catalogue"
)

// Kernel is what a Scanner asks for; *bpf.Programs is one.
type Kernel interface {
	// ReadKernel fills into from the kernel's memory.
	ReadKernel(address uint64, into []byte) error
	// FileOperations looks at an open file of this process.
	FileOperations(fd int) (bpf.FileOperations, error)
	// ModuleLoads counts the modules that were loaded.
	ModuleLoads() (uint64, error)
	// Wants reports whether somebody wants an event.
	Wants(event catalogue.Type) bool
	// Report makes an event of texts and a list.
	Report(event catalogue.Type, texts []string, index int, list []string) error
}
