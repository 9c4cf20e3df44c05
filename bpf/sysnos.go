package bpf

import (
	"fmt"

	"github.com/weirsec/weir/schemas/catalogue"
)

// From this number on all machines number their syscalls alike.
const unified = 424

// nameRows gives every row the number that events show for a syscall, also where
// no event is made of its end: an exit is seen inside one that is not recorded.
func (p *Programs) nameRows() error {
	for _, compat := range []bool{false, true} {
		for nr := range uint32(routed) {
			row := fastWeirRow{Sysno: sysno(nr, compat), PathArg: noPath}
			if err := p.rows(compat).Put(nr, row); err != nil {
				return fmt.Errorf("row %d: %w", nr, err)
			}
		}
	}
	return nil
}

// sysno returns the x86-64 number of a syscall of this machine, -1 for one that
// is not known.
func sysno(nr uint32, compat bool) int16 {
	if number, known := exits(compat)[nr]; known {
		return number
	}
	if nr < unified && (compat || !nativeIsAMD64) || catalogue.SyscallName(int32(nr)) == "" {
		return -1
	}
	return int16(nr)
}

// The x86-64 numbers of the syscalls that end threads and processes.
const (
	exitAMD64      = 60
	exitGroupAMD64 = 231
)
