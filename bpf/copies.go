package bpf

import (
	"fmt"
	"strings"

	"github.com/weirsec/weir/schemas/catalogue"
)

// copies is how many of a program at a tracepoint are attached where such
// programs can lose the processor; headers/undisturbed.h says why.
const copies = 3

// copyName is the name of a program's copy; that of the first is the program's.
func copyName(name string, copied int) string {
	if copied == 0 {
		return name
	}
	return fmt.Sprintf("%s copy %d", name, copied)
}

// copied tells which programs have copies here.
func copied(prog program) (bool, error) {
	if prog.hook != catalogue.Tracepoint && prog.hook != catalogue.SysExit {
		return false, nil
	}
	k, err := running()
	return err == nil && k.preemptsTracepoints(), err
}

// attachCopies attaches the further copies that a program has here.
func (p *Programs) attachCopies(prog program) error {
	has, err := copied(prog)
	if err != nil || !has {
		return err
	}
	for i := 1; i < copies; i++ {
		name := copyName(prog.name, i)
		if p.progs[name] == nil {
			if err := p.loadCopy(prog.name, name); err != nil {
				return fmt.Errorf("load %s: %w", name, err)
			}
		}
		l, err := p.link(prog, name, uint64(i))
		if err != nil {
			return fmt.Errorf("attach %s: %w", name, err)
		}
		p.links[name] = l
	}
	return nil
}

// covered tells whether a further copy takes what the program of this name
// misses.
func (p *Programs) covered(name string) bool {
	for i := range copies - 1 {
		base, is := strings.CutSuffix(name, copyName("", i))
		if is && p.progs[copyName(base, i+1)] != nil {
			return true
		}
	}
	return false
}
