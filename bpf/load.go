package bpf

import (
	"errors"
	"fmt"
	"maps"
	"syscall"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/rlimit"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/interest"
)

// Load puts the programs into the kernel and attaches those of processes and
// cgroups; others follow with SetInterest. A program that the kernel refuses
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
	p := newPrograms()
	if err := p.start(o.withDefaults()); err != nil {
		return nil, errors.Join(fmt.Errorf("bpf: %w", err), p.Close())
	}
	return p, nil
}

func (p *Programs) start(o Options) error {
	p.unified = o.UnifiedMount
	p.types = btf.NewCache()
	defer func() { p.types = nil }()
	if err := p.loadTier(o); err != nil {
		return fmt.Errorf("the kernel refuses the programs: %w", err)
	}
	if err := p.nameRows(); err != nil {
		return err
	}
	attached := 0
	for _, prog := range programs() {
		if prog.always && p.attach(prog) == nil {
			attached++
		}
	}
	if attached == 0 {
		return fmt.Errorf("no program can be attached: %s", p.refused["weir_exec"])
	}
	for _, hook := range o.Avoid {
		p.barred[hook] = "it is to be avoided"
	}
	p.prepare()
	return p.SetInterest(interest.Interest{})
}

// configure sets what is fixed before loading.
func configure(spec *ebpf.CollectionSpec, o Options) error {
	k, err := running()
	if err != nil {
		return err
	}
	spec.Maps["ring_priority"].MaxEntries = uint32(o.PriorityRing)
	spec.Maps["ring_bulk"].MaxEntries = uint32(o.BulkRing)
	var classes [catalogue.MaxType]uint8
	for e := range catalogue.All() {
		classes[e.Type] = uint8(e.Class)
	}
	var selves [maxSelf]uint32
	for i, pid := range o.Self {
		selves[i] = uint32(pid)
	}
	for name, value := range map[string]any{
		"use_pids_cgroup": o.PidsCgroup, "cgroup_hierarchy": int32(o.CgroupHierarchy),
		"bulk_size": uint32(o.BulkRing), "priority_size": uint32(o.PriorityRing),
		"task_rate": uint32(o.TaskRate), "class_of": classes, "selves": selves,
		"preempts_tracepoints": k.preemptsTracepoints(), "preempts_hooks": k.preemptsHooks(),
	} {
		if err := spec.Variables[name].Set(value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// loadBase makes the maps, which all programs share, and loads the programs
// that no kernel should refuse: together, which is quicker, or, where one is
// refused, each alone. It fails where the kernel takes none of those that make
// events.
func (p *Programs) loadBase(spec *ebpf.CollectionSpec) error {
	all := spec.Programs
	spec.Programs = nil
	made, err := ebpf.NewCollectionWithOptions(spec, ebpf.CollectionOptions{Cache: p.types})
	if err != nil {
		return fmt.Errorf("create maps: %w", err)
	}
	p.maps = made.Maps
	made.Maps = nil
	made.Close()
	spec.Programs = all
	p.spec = spec

	base := map[string]*ebpf.ProgramSpec{}
	for _, prog := range programs() {
		if prog.always || prog.name == sysExit {
			base[prog.name] = all[prog.name]
		}
	}
	if progs, err := p.loadPart(base); err == nil {
		p.progs = progs
		return nil
	}
	for _, name := range []string{sysExit, "weir_exec"} {
		if err := p.loadAlone(name); err != nil {
			return err
		}
	}
	return nil
}

// loadAlone loads one program.
func (p *Programs) loadAlone(name string) error { return p.loadCopy(name, name) }

// loadCopy loads a program once more, as one of another name.
func (p *Programs) loadCopy(name, as string) error {
	spec := p.spec.Programs[name]
	if spec == nil {
		return fmt.Errorf("object %s has no program %s", p.tier.name, name)
	}
	progs, err := p.loadPart(map[string]*ebpf.ProgramSpec{as: spec})
	if err != nil {
		return err
	}
	maps.Copy(p.progs, progs)
	return nil
}

// verifierLog is room for what verifiers say of most programs of ours, in bytes.
const verifierLog = 4 << 20

// loadPart loads some of the programs with the maps that all share.
func (p *Programs) loadPart(progs map[string]*ebpf.ProgramSpec) (map[string]*ebpf.Program, error) {
	part := p.spec.Copy()
	part.Programs = progs
	// A verifier that refuses a program is asked again with a longer log until all of
	// it fits, each time from the start.
	c, err := ebpf.NewCollectionWithOptions(part, ebpf.CollectionOptions{
		MapReplacements: p.maps, Cache: p.types, Programs: ebpf.ProgramOptions{LogSizeStart: verifierLog},
	})
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

// shortReason is the error without the verifier's log and without advice that
// is not to the point: the kernel's own word and, from the verifier, its reason.
func shortReason(err error) string {
	var v *ebpf.VerifierError
	var errno syscall.Errno
	switch {
	case errors.As(err, &v) && v.Cause != nil:
		text := v.Cause.Error()
		// The last line is a statistic.
		if n := len(v.Log); n > 1 {
			text += ": " + v.Log[n-2]
		}
		return text
	case errors.As(err, &errno):
		return errno.Error()
	default:
		return innermost(err).Error()
	}
}

// innermost returns the cause of a cause.
func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}
