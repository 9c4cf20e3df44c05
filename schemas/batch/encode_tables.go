package batch

import (
	"math"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// lineage says where a process was written and how many ancestors with it.
type lineage struct {
	index     uint32
	ancestors int
}

// allAncestors stands for a lineage that was written to its end.
const allAncestors = 1 << 30

// shape returns the index of the event's shape with the kinds that its values
// have. A shape whose values differ in kind from event to event (null now and
// then) is written once for each combination.
func (e *Encoder) shape(ev *event.Event) uint32 {
	first, known := e.shapes[ev.Shape]
	if known {
		for i := first; i < len(e.msg.Shapes); i++ {
			m := e.msg.Shapes[i]
			if (i == first || m.Id == ev.Shape.ID) && sameKinds(m, ev) && e.sameShape(m, e.msg.Shapes[first]) {
				return uint32(i)
			}
		}
	}
	var m *eventpb.Shape
	e.msg.Shapes, m = next(e.msg.Shapes)
	m.Id = ev.Shape.ID
	m.Name = e.texts.add(ev.Shape.Name)
	for i, a := range ev.Shape.Args {
		m.ArgNames = append(m.ArgNames, e.texts.add(a.Name))
		m.ArgTypes = append(m.ArgTypes, e.texts.add(a.Type))
		m.ArgKinds = append(m.ArgKinds, uint32(ev.Values[i].Kind()))
	}
	index := len(e.msg.Shapes) - 1
	if !known {
		e.shapes[ev.Shape] = index
	}
	return uint32(index)
}

func sameKinds(m *eventpb.Shape, ev *event.Event) bool {
	if len(m.ArgKinds) != len(ev.Values) {
		return false
	}
	for i := range ev.Values {
		if m.ArgKinds[i] != uint32(ev.Values[i].Kind()) {
			return false
		}
	}
	return true
}

// sameShape compares all but the kinds.
func (e *Encoder) sameShape(a, b *eventpb.Shape) bool {
	if a == b {
		return true
	}
	if a.Id != b.Id || a.Name != b.Name || len(a.ArgNames) != len(b.ArgNames) {
		return false
	}
	for i := range a.ArgNames {
		if a.ArgNames[i] != b.ArgNames[i] || a.ArgTypes[i] != b.ArgTypes[i] {
			return false
		}
	}
	return true
}

// value returns the number that stands for a value.
func (e *Encoder) value(v *event.Value) uint64 {
	switch v.Kind() {
	case event.KindInt:
		n, _ := v.Int()
		return zigzag(n)
	case event.KindUint:
		n, _ := v.Uint()
		return n
	case event.KindBool:
		if v.Bool() {
			return 1
		}
		return 0
	case event.KindFloat:
		return math.Float64bits(v.Float())
	case event.KindString, event.KindBytes, event.KindJSON:
		return uint64(e.texts.add(v.Text()))
	case event.KindStrings, event.KindMap:
		return uint64(e.list(v.List()))
	default:
		return 0
	}
}

// list writes a list of texts and returns its index.
func (e *Encoder) list(items []string) uint32 {
	var m *eventpb.StringList
	e.msg.Lists, m = next(e.msg.Lists)
	m.Items = e.texts.all(m.Items, items)
	return uint32(len(e.msg.Lists) - 1)
}

// process writes a process with up to left ancestors, parents first, and
// returns its index + 1, or 0 for none. A process that was first written as
// somebody's distant ancestor, cut short, is written again in full.
func (e *Encoder) process(p *event.Process, left int) uint32 {
	if p == nil || left < 0 {
		return 0
	}
	if known, ok := e.processes[p]; ok && known.ancestors >= left {
		return known.index + 1
	}
	parent := e.process(p.Parent, left-1)
	var m *eventpb.Process
	e.msg.Processes, m = next(e.msg.Processes)
	m.EntityId, m.Pid, m.NsPid, m.Uid = p.EntityID, p.PID, p.NSPID, p.UID
	m.StartTime, m.ExecTime = p.StartTime, p.ExecTime
	m.Name, m.Executable = e.texts.add(p.Name), e.texts.add(p.Executable)
	m.Args = e.texts.all(m.Args, p.Args)
	m.Parent = parent
	ancestors := allAncestors
	if p.Parent != nil {
		ancestors = 0
		if parent != 0 {
			ancestors = min(e.processes[p.Parent].ancestors+1, allAncestors)
		}
	}
	index := uint32(len(e.msg.Processes) - 1)
	e.processes[p] = lineage{index, ancestors}
	return index + 1
}

// context returns the index of a context, which must be of the batch's node.
func (e *Encoder) context(env *eventpb.Envelope, c *event.Context) (uint32, error) {
	if c == e.lastContext {
		return e.lastIndex, nil
	}
	index, ok := e.contexts[c]
	if !ok {
		if err := check(env, c); err != nil {
			return 0, err
		}
		index = e.newContext(c)
		e.contexts[c] = index
	}
	e.lastContext, e.lastIndex = c, index
	return index, nil
}

func (e *Encoder) newContext(c *event.Context) uint32 {
	process := e.process(c.Process, event.MaxLineage)
	var m *eventpb.Context
	e.msg.Contexts, m = next(e.msg.Contexts)
	m.HostName = e.texts.add(c.HostName)
	m.Pid, m.Tid, m.Ppid = c.PID, c.TID, c.PPID
	m.HostPid, m.HostTid, m.HostPpid = c.HostPID, c.HostTID, c.HostPPID
	m.Uid, m.Gid, m.Euid, m.LoginUid = c.UID, c.GID, c.EUID, c.LoginUID
	m.MountNs, m.PidNs, m.CgroupId = c.MountNS, c.PIDNS, c.CgroupID
	m.ProcessName, m.Executable = e.texts.add(c.ProcessName), e.texts.add(c.Executable)
	m.ThreadStartTime = c.ThreadStartTime
	m.ThreadEntityId, m.ProcessEntityId, m.ParentEntityId = c.ThreadEntityID, c.ProcessEntityID, c.ParentEntityID
	m.ContainerStarted = c.ContainerStarted
	m.Process = process
	m.ContainerStatus, m.ProcessStatus = uint32(c.ContainerStatus), uint32(c.ProcessStatus)
	if k := &c.Container; *k != (event.Container{}) {
		m.Container = eventpb.ContainerFromVTPool()
		m.Container.Id, m.Container.Name = e.texts.add(k.ID), e.texts.add(k.Name)
		m.Container.Image, m.Container.ImageDigest = e.texts.add(k.Image), e.texts.add(k.ImageDigest)
		m.Container.Runtime = e.texts.add(k.Runtime)
	}
	if k := &c.Kubernetes; *k != (event.Kubernetes{}) {
		m.Kubernetes = eventpb.KubernetesFromVTPool()
		m.Kubernetes.PodName, m.Kubernetes.PodNamespace = e.texts.add(k.PodName), e.texts.add(k.PodNamespace)
		m.Kubernetes.PodUid, m.Kubernetes.PodSandbox = e.texts.add(k.PodUID), k.PodSandbox
	}
	return uint32(len(e.msg.Contexts) - 1)
}
