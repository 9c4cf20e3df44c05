package bpf

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
)

// tier is one of the objects that the programs are compiled to.
type tier struct {
	name string
	spec func() (*ebpf.CollectionSpec, error)
}

// tiers lists the objects, the fastest first; headers/tier.h says what each
// needs of the kernel.
func tiers() []tier {
	return []tier{{"fast", loadFast}, {"typed", loadTyped}, {"compat", loadCompat}}
}

// loadTier loads the programs that are always attached, and the one of the
// syscalls, from the first object that the kernel takes. The maps are those of
// that object.
func (p *Programs) loadTier(o Options) error {
	var errs []error
	for _, t := range tiers() {
		spec, err := t.spec()
		if err != nil {
			return fmt.Errorf("read object %s: %w", t.name, err)
		}
		if err := configure(spec, o); err != nil {
			return fmt.Errorf("configure object %s: %w", t.name, err)
		}
		if err = p.loadBase(spec); err == nil {
			p.tier = t
			return nil
		}
		errs = append(errs, fmt.Errorf("object %s: %s", t.name, shortReason(err)))
		p.release()
	}
	return errors.Join(errs...)
}

// release gives up what a tier has loaded.
func (p *Programs) release() {
	for name, prog := range p.progs {
		_ = prog.Close()
		delete(p.progs, name)
	}
	for name, m := range p.maps {
		_ = m.Close()
		delete(p.maps, name)
	}
}
