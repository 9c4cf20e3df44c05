package batch

import (
	"math"
	"unsafe"

	"github.com/weirsec/weir/schemas/event"
)

// processTable holds the processes of a batch in the making.
type processTable struct {
	rows  table
	index pointers
	// ancestors says of each row how many ancestors are written with it.
	ancestors []int32
	lastStart int64
}

// allAncestors stands for a lineage that is written to its end.
const allAncestors = math.MaxInt32 / 2

func (p *processTable) reset() {
	p.rows.reset(processColumns)
	p.ancestors, p.lastStart = p.ancestors[:0], 0
}

func (p *processTable) release() { p.index.release() }

// process writes a process with up to left ancestors, parents first, and
// returns its row + 1, or 0 for none. A process that was first written as
// somebody's distant ancestor, cut short, is written again in full.
func (e *Encoder) process(p *event.Process, left int) uint64 {
	if p == nil || left < 0 {
		return 0
	}
	t := &e.processes
	if known := t.index.find(unsafe.Pointer(p)); known.key != nil && int(t.ancestors[known.value]) >= left {
		return uint64(known.value) + 1
	}
	parent := e.process(p.Parent, left-1)
	ancestors := int32(allAncestors)
	if p.Parent != nil {
		ancestors = 0
		if parent != 0 {
			ancestors = min(t.ancestors[parent-1]+1, allAncestors)
		}
	}
	args := e.list(p.Args)
	row := (*[processColumns]uint64)(t.rows.add())
	row[processEntityID] = uint64(p.EntityID)
	row[processPID] = uint64(int64(p.PID))
	row[processNSPID] = uint64(int64(p.NSPID))
	row[processUID] = uint64(p.UID)
	row[processStartTime] = zigzag(p.StartTime - t.lastStart)
	row[processExecTime] = uint64(p.ExecTime)
	row[processName] = e.dictionary.add(p.Name)
	row[processExecutable] = e.dictionary.add(p.Executable)
	row[processArgs] = args
	row[processParent] = parent
	t.lastStart = p.StartTime
	t.ancestors = append(t.ancestors, ancestors)
	t.index.put(unsafe.Pointer(p), uint32(len(t.ancestors)-1))
	return uint64(len(t.ancestors))
}

// contextTable holds the contexts of a batch in the making.
type contextTable struct {
	rows  table
	index pointers
	// last and lastRow are the last context: events of a thread come in runs.
	last      *event.Context
	lastRow   uint32
	lastStart int64
}

func (c *contextTable) reset() {
	c.rows.reset(contextColumns)
	c.lastStart = 0
}

func (c *contextTable) release() {
	c.index.release()
	c.last = nil
}

// context returns the row of a context, which must be of the batch's node.
func (e *Encoder) context(c *event.Context) (uint32, error) {
	t := &e.contexts
	if c == t.last {
		return t.lastRow, nil
	}
	known := t.index.find(unsafe.Pointer(c))
	row := known.value
	if known.key == nil {
		if err := e.check(c); err != nil {
			return 0, err
		}
		row = uint32(t.rows.rows())
		e.newContext(c)
		t.index.put(unsafe.Pointer(c), row)
	}
	t.last, t.lastRow = c, row
	return row, nil
}

func (e *Encoder) newContext(c *event.Context) {
	process := e.process(c.Process, event.MaxLineage)
	d := &e.dictionary
	row := (*[contextColumns]uint64)(e.contexts.rows.add())
	row[contextProcessEntityID] = uint64(c.ProcessEntityID)
	row[contextThreadEntityID] = uint64(c.ThreadEntityID)
	row[contextParentEntityID] = uint64(c.ParentEntityID)
	row[contextHostName] = d.add(c.HostName)
	row[contextPID] = uint64(int64(c.PID))
	row[contextTID] = uint64(int64(c.TID))
	row[contextPPID] = uint64(int64(c.PPID))
	row[contextHostPID] = uint64(int64(c.HostPID))
	row[contextHostTID] = uint64(int64(c.HostTID))
	row[contextHostPPID] = uint64(int64(c.HostPPID))
	row[contextUID], row[contextGID] = uint64(c.UID), uint64(c.GID)
	row[contextEUID], row[contextLoginUID] = uint64(c.EUID), uint64(c.LoginUID)
	row[contextMountNS], row[contextPIDNS] = uint64(c.MountNS), uint64(c.PIDNS)
	row[contextNetNS], row[contextTTY] = uint64(c.NetNS), uint64(c.TTY)
	row[contextCgroupID], row[contextUnifiedCgroupID] = c.CgroupID, c.UnifiedCgroupID
	row[contextCapabilities] = c.Capabilities
	row[contextProcessName] = d.add(c.ProcessName)
	row[contextExecutable] = d.add(c.Executable)
	row[contextThreadStartTime] = zigzag(c.ThreadStartTime - e.contexts.lastStart)
	e.contexts.lastStart = c.ThreadStartTime
	row[contextProcess] = process
	row[contextProcessStatus] = uint64(c.ProcessStatus)
	row[contextContainerStatus] = uint64(c.ContainerStatus)
	row[contextContainerStarted] = number(c.ContainerStarted)
	// Neighbours are mostly of the same container, whose texts are known then.
	t := &e.contexts
	same := t.last != nil && t.last.Container == c.Container && t.last.Kubernetes == c.Kubernetes
	if same {
		before := t.rows.cells[int(t.lastRow)*contextColumns:]
		copy(row[contextContainerID:contextPodSandbox+1], before[contextContainerID:contextPodSandbox+1])
		row[contextContainerLabels], row[contextPodLabels] = before[contextContainerLabels], before[contextPodLabels]
		return
	}
	row[contextContainerID] = d.add(c.Container.ID)
	row[contextContainerName] = d.add(c.Container.Name)
	row[contextContainerImage] = d.add(c.Container.Image)
	row[contextContainerImageDigest] = d.add(c.Container.ImageDigest)
	row[contextContainerRuntime] = d.add(c.Container.Runtime)
	row[contextPodName] = d.add(c.Kubernetes.PodName)
	row[contextPodNamespace] = d.add(c.Kubernetes.PodNamespace)
	row[contextPodUID] = d.add(c.Kubernetes.PodUID)
	row[contextPodSandbox] = number(c.Kubernetes.PodSandbox)
	row[contextContainerLabels] = e.labelList(c.Container.Labels)
	row[contextPodLabels] = e.labelList(c.Kubernetes.PodLabels)
}

// labelList writes labels as a list, once for all contexts that share them.
func (e *Encoder) labelList(labels *event.Labels) uint64 {
	if labels.Len() == 0 {
		return 0
	}
	known := e.labels.find(unsafe.Pointer(labels))
	if known.key == nil {
		e.labels.put(unsafe.Pointer(labels), uint32(e.list(labels.Pairs[:2*labels.Len()])))
		known = e.labels.find(unsafe.Pointer(labels))
	}
	return uint64(known.value)
}
