package batch

import (
	"fmt"
	"math"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// tables are the decoded tables of one message.
type tables struct {
	msg       *eventpb.Batch
	texts     []string
	lists     [][]string
	shapes    []event.Shape
	processes []event.Process
	contexts  []event.Context
	// err is the first index out of bounds; look-ups stay simple by recording
	// it here instead of returning it.
	err error
}

// text returns the text of an index.
func (t *tables) text(i uint32) string {
	if uint64(i) < uint64(len(t.texts)) {
		return t.texts[i]
	}
	// A batch without texts may leave out even the empty one.
	if i != 0 && t.err == nil {
		t.err = fmt.Errorf("text %d of %d", i, len(t.texts))
	}
	return ""
}

// read makes all tables, each from one piece of memory.
func (t *tables) read() error {
	t.readLists()
	t.readShapes()
	t.readProcesses()
	t.readContexts()
	return t.err
}

func (t *tables) fail(format string, args ...any) {
	if t.err == nil {
		t.err = fmt.Errorf(format, args...)
	}
}

// readLists makes the lists and the arguments of processes.
func (t *tables) readLists() {
	total := 0
	for _, m := range t.msg.Lists {
		total += len(m.Items)
	}
	items := make([]string, total)
	t.lists = make([][]string, len(t.msg.Lists))
	for i, m := range t.msg.Lists {
		t.lists[i], items = t.fill(items, m.Items)
	}
}

// fill takes the texts of the indices from slab and returns them and the rest.
func (t *tables) fill(slab []string, indices []uint32) (list, rest []string) {
	n := len(indices)
	if n == 0 {
		return nil, slab
	}
	for i, x := range indices {
		slab[i] = t.text(x)
	}
	return slab[:n:n], slab[n:]
}

func (t *tables) readShapes() {
	total := 0
	for i, m := range t.msg.Shapes {
		if len(m.ArgTypes) != len(m.ArgNames) || len(m.ArgKinds) != len(m.ArgNames) {
			t.fail("shape %d: %d names, %d types, %d kinds", i, len(m.ArgNames), len(m.ArgTypes), len(m.ArgKinds))
			return
		}
		total += len(m.ArgNames)
	}
	args := make([]event.ArgSpec, total)
	t.shapes = make([]event.Shape, len(t.msg.Shapes))
	for i, m := range t.msg.Shapes {
		n := len(m.ArgNames)
		t.shapes[i] = event.Shape{ID: m.Id, Name: t.text(m.Name)}
		if n > 0 {
			t.shapes[i].Args = args[:n:n]
		}
		for j := range n {
			args[j] = event.ArgSpec{Name: t.text(m.ArgNames[j]), Type: t.text(m.ArgTypes[j])}
			if m.ArgKinds[j] > uint32(maxKind) {
				t.fail("shape %d: unknown kind %d of argument %d", i, m.ArgKinds[j], j)
			}
		}
		args = args[n:]
	}
}

func (t *tables) readProcesses() {
	total := 0
	for _, m := range t.msg.Processes {
		total += len(m.Args)
	}
	args := make([]string, total)
	t.processes = make([]event.Process, len(t.msg.Processes))
	for i, m := range t.msg.Processes {
		p := &t.processes[i]
		p.EntityID, p.PID, p.NSPID, p.UID = m.EntityId, m.Pid, m.NsPid, m.Uid
		p.StartTime, p.ExecTime = m.StartTime, m.ExecTime
		p.Name, p.Executable = t.text(m.Name), t.text(m.Executable)
		p.Args, args = t.fill(args, m.Args)
		if m.Parent == 0 {
			continue
		}
		// Parents come first, so a lineage cannot run in a circle.
		if int64(m.Parent) > int64(i) {
			t.fail("process %d: parent %d does not come before it", i, m.Parent-1)
			return
		}
		p.Parent = &t.processes[m.Parent-1]
	}
}

func (t *tables) readContexts() {
	t.contexts = make([]event.Context, len(t.msg.Contexts))
	for i, m := range t.msg.Contexts {
		t.readContext(&t.contexts[i], m)
	}
}

func (t *tables) readContext(c *event.Context, m *eventpb.Context) {
	c.Node, c.BootID = t.msg.Envelope.Node, t.msg.Envelope.BootId
	c.HostName = t.text(m.HostName)
	c.PID, c.TID, c.PPID = m.Pid, m.Tid, m.Ppid
	c.HostPID, c.HostTID, c.HostPPID = m.HostPid, m.HostTid, m.HostPpid
	c.UID, c.GID, c.EUID, c.LoginUID = m.Uid, m.Gid, m.Euid, m.LoginUid
	c.MountNS, c.PIDNS, c.CgroupID = m.MountNs, m.PidNs, m.CgroupId
	c.ProcessName, c.Executable = t.text(m.ProcessName), t.text(m.Executable)
	c.ThreadStartTime = m.ThreadStartTime
	c.ThreadEntityID, c.ProcessEntityID, c.ParentEntityID = m.ThreadEntityId, m.ProcessEntityId, m.ParentEntityId
	c.ContainerStarted = m.ContainerStarted
	c.ContainerStatus, c.ProcessStatus = event.Status(m.ContainerStatus), event.Status(m.ProcessStatus)
	if m.Process != 0 {
		if uint64(m.Process) > uint64(len(t.processes)) {
			t.fail("process %d of %d", m.Process-1, len(t.processes))
			return
		}
		c.Process = &t.processes[m.Process-1]
	}
	if k := m.Container; k != nil {
		c.Container = event.Container{
			ID: t.text(k.Id), Name: t.text(k.Name), Image: t.text(k.Image),
			ImageDigest: t.text(k.ImageDigest), Runtime: t.text(k.Runtime),
		}
	}
	if k := m.Kubernetes; k != nil {
		c.Kubernetes = event.Kubernetes{
			PodName: t.text(k.PodName), PodNamespace: t.text(k.PodNamespace),
			PodUID: t.text(k.PodUid), PodSandbox: k.PodSandbox,
		}
	}
}

// value reads a value of a known kind.
func (t *tables) value(v *event.Value, kind event.Kind, n uint64) {
	switch kind {
	case event.KindBool:
		*v = event.Bool(n != 0)
	case event.KindInt:
		*v = event.Int(unzigzag(n))
	case event.KindUint:
		*v = event.Uint(n)
	case event.KindFloat:
		*v = event.Float(math.Float64frombits(n))
	case event.KindString:
		*v = event.String(t.text(index(n)))
	case event.KindBytes:
		*v = event.Bytes(t.text(index(n)))
	case event.KindJSON:
		*v = event.JSON(t.text(index(n)))
	case event.KindStrings:
		*v = event.Strings(t.list(n))
	case event.KindMap:
		*v = event.Map(t.list(n)...)
	}
}

// unzigzag reverses zigzag.
func unzigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) }

// index keeps a number that is too big for an index out of bounds.
func index(n uint64) uint32 { return uint32(min(n, math.MaxUint32)) }

func (t *tables) list(n uint64) []string {
	if n >= uint64(len(t.lists)) {
		t.fail("list %d of %d", n, len(t.lists))
		return nil
	}
	return t.lists[n]
}
