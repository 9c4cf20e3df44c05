package bpf

import (
	"errors"
	"fmt"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
)

// tier is one of the objects that the programs are compiled to.
type tier struct {
	name string
	// function and helper are what all its programs need of the kernel, by their
	// names in its types: "" for nothing. Without it, to try each program would
	// take as long as the rest of the start.
	function, helper string
	spec             func() (*ebpf.CollectionSpec, error)
}

// tiers lists the objects, the fastest first; headers/tier.h says what each
// needs of the kernel.
func tiers() []tier {
	return []tier{
		{name: "fast", function: "bpf_rdonly_cast", spec: loadFast},
		{name: "typed", helper: "BPF_FUNC_task_pt_regs", spec: loadTyped},
		{name: "compat", spec: loadCompat},
	}
}

// missing returns what the tier needs and the kernel lacks, "" for nothing that is
// known.
func (t tier) missing(types *btf.Cache) string {
	kernel, err := types.Kernel()
	if err != nil {
		return "" // Loading will say why.
	}
	var f *btf.Func
	if t.function != "" && kernel.TypeByName(t.function, &f) != nil {
		return t.function
	}
	var helpers *btf.Enum
	if t.helper != "" && kernel.TypeByName("bpf_func_id", &helpers) == nil && !hasValue(helpers, t.helper) {
		return t.helper
	}
	return ""
}

func hasValue(e *btf.Enum, name string) bool {
	return slices.ContainsFunc(e.Values, func(v btf.EnumValue) bool { return v.Name == name })
}

// loadTier loads the programs that are always attached, and the one of the
// syscalls, from the first object that the kernel takes. The maps are those of
// that object.
func (p *Programs) loadTier(o Options) error {
	var errs []error
	for _, t := range tiers() {
		if lack := t.missing(p.types); lack != "" {
			errs = append(errs, fmt.Errorf("object %s: the kernel has no %s", t.name, lack))
			continue
		}
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
