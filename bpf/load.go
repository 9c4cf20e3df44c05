package bpf

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/rlimit"
)

// Load puts the programs into the kernel and attaches those of processes and
// cgroups; syscalls follow with SetInterest. A program that the kernel refuses
// is a line in Attachments. An error means that nothing could work: it wraps
// ErrNoBTF, ErrKernelTooOld or ErrLockdown where that is the cause. The process
// needs CAP_BPF and CAP_PERFMON; whoever calls Load checks that it has them.
func Load(o Options) (*Programs, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := requirements(); err != nil {
		return nil, fmt.Errorf("bpf: %w", err)
	}
	// Needed before Linux 5.11 only, and refused to many containers: without
	// it, loading says whether there was enough.
	_ = rlimit.RemoveMemlock()
	spec, err := loadWeir()
	if err != nil {
		return nil, fmt.Errorf("bpf: read object: %w", err)
	}
	if err := configure(spec, o.withDefaults()); err != nil {
		return nil, fmt.Errorf("bpf: configure object: %w", err)
	}
	p := newPrograms()
	if err := p.load(spec, o.Self); err != nil {
		return nil, errors.Join(fmt.Errorf("bpf: %w", err), p.Close())
	}

	return p, nil
}

// configure sets what is fixed before loading.
func configure(spec *ebpf.CollectionSpec, o Options) error {
	spec.Maps["ring_priority"].MaxEntries = uint32(o.PriorityRing)
	spec.Maps["ring_bulk"].MaxEntries = uint32(o.BulkRing)
	if err := spec.Variables["use_pids_cgroup"].Set(o.PidsCgroup); err != nil {
		return err
	}
	return spec.Variables["cgroup_hierarchy"].Set(int32(o.CgroupHierarchy))
}

// load makes the maps, which all programs share, then each program alone.
func (p *Programs) load(spec *ebpf.CollectionSpec, self []int) error {
	all := spec.Programs
	spec.Programs = nil
	maps, err := ebpf.NewCollection(spec)
	if err != nil {
		return fmt.Errorf("create maps: %w", err)
	}
	p.maps = maps.Maps
	maps.Maps = nil
	maps.Close()
	for _, pid := range self {
		if err := p.maps["self"].Put(uint32(pid), uint8(1)); err != nil {
			return fmt.Errorf("exclude process %d: %w", pid, err)
		}
	}
	p.loadPrograms(spec, all)
	if len(p.progs) == 0 {
		return fmt.Errorf("the kernel refuses every program: %s", p.refused["weir_exec"])
	}
	return p.SetInterest(nil)
}

// loadPrograms loads all programs together, which is quicker, or, where the
// kernel refuses one, each alone; and attaches those that need no interest.
func (p *Programs) loadPrograms(spec *ebpf.CollectionSpec, all map[string]*ebpf.ProgramSpec) {
	if progs, err := p.loadPart(spec, all); err == nil {
		p.progs = progs
	} else {
		for name, one := range all {
			progs, err := p.loadPart(spec, map[string]*ebpf.ProgramSpec{name: one})
			if err != nil {
				p.refused[name] = shortReason(err)
				continue
			}
			p.progs[name] = progs[name]
		}
	}
	for _, prog := range programs() {
		if prog.onDemand || p.progs[prog.name] == nil {
			continue
		}
		if err := p.attach(prog.name); err != nil {
			p.refused[prog.name] = shortReason(err)
		}
	}
}

// loadPart loads some of the programs with the maps that all share.
func (p *Programs) loadPart(
	spec *ebpf.CollectionSpec, progs map[string]*ebpf.ProgramSpec,
) (map[string]*ebpf.Program, error) {
	part := spec.Copy()
	part.Programs = progs
	c, err := ebpf.NewCollectionWithOptions(part, ebpf.CollectionOptions{MapReplacements: p.maps})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	loaded := map[string]*ebpf.Program{}
	for name := range progs {
		loaded[name] = c.DetachProgram(name)
	}
	return loaded, nil
}

// shortReason is the error without the verifier's log.
func shortReason(err error) string {
	var v *ebpf.VerifierError
	if errors.As(err, &v) && v.Cause != nil {
		text := v.Cause.Error()
		if n := len(v.Log); n > 0 {
			text += ": " + v.Log[n-1]
		}
		return text
	}
	return err.Error()
}
