package batch

import (
	"fmt"

	"github.com/weirsec/weir/schemas/event"
)

func (t *tables) readProcesses(data []byte) error {
	if err := t.table(data, layoutProcesses, processColumns); err != nil {
		return err
	}
	t.processes = slab(t.slabs.reuse, &t.slabs.processes, t.rows.rows())
	start := int64(0)
	for i := range t.processes {
		row := (*[processColumns]uint64)(t.rows.cells[i*processColumns:])
		start += unzigzag(row[processStartTime])
		p := &t.processes[i]
		p.EntityID, p.UID = uint32(row[processEntityID]), uint32(row[processUID])
		p.PID, p.NSPID = int32(row[processPID]), int32(row[processNSPID])
		p.StartTime, p.ExecTime = start, int64(row[processExecTime])
		p.Name, p.Executable = t.text(row[processName]), t.text(row[processExecutable])
		p.Args = t.list(row[processArgs])
		p.Parent = nil
		parent := row[processParent]
		if parent == 0 {
			continue
		}
		// Parents come first, so a lineage cannot run in a circle.
		if parent > uint64(i) {
			return fmt.Errorf("process %d: parent %d does not come before it", i, parent-1)
		}
		p.Parent = &t.processes[parent-1]
	}
	return nil
}

func (t *tables) readContexts(data []byte) error {
	if err := t.table(data, layoutContexts, contextColumns); err != nil {
		return err
	}
	t.contexts = slab(t.slabs.reuse, &t.slabs.contexts, t.rows.rows())
	node, boot := t.env.Node, t.env.BootId
	start := int64(0)
	for i := range t.contexts {
		row := (*[contextColumns]uint64)(t.rows.cells[i*contextColumns:])
		start += unzigzag(row[contextThreadStartTime])
		c := &t.contexts[i]
		c.Node, c.BootID, c.Process = node, boot, nil
		c.ThreadStartTime = start
		t.readThread(c, row)
		t.readContainer(c, row)
		if n := row[contextProcess]; n != 0 {
			if n > uint64(len(t.processes)) {
				return fmt.Errorf("context %d: process %d of %d", i, n-1, len(t.processes))
			}
			c.Process = &t.processes[n-1]
		}
	}
	if t.oddLabels != 0 {
		return fmt.Errorf("list %d: labels that are not pairs", t.oddLabels)
	}
	return nil
}

func (t *tables) readThread(c *event.Context, row *[contextColumns]uint64) {
	c.HostName = t.text(row[contextHostName])
	c.PID, c.TID, c.PPID = int32(row[contextPID]), int32(row[contextTID]), int32(row[contextPPID])
	c.HostPID, c.HostTID = int32(row[contextHostPID]), int32(row[contextHostTID])
	c.HostPPID = int32(row[contextHostPPID])
	c.UID, c.GID = uint32(row[contextUID]), uint32(row[contextGID])
	c.EUID, c.LoginUID = uint32(row[contextEUID]), uint32(row[contextLoginUID])
	c.MountNS, c.PIDNS = uint32(row[contextMountNS]), uint32(row[contextPIDNS])
	c.NetNS, c.TTY = uint32(row[contextNetNS]), uint32(row[contextTTY])
	c.CgroupID, c.UnifiedCgroupID = row[contextCgroupID], row[contextUnifiedCgroupID]
	c.Capabilities = row[contextCapabilities]
	c.ProcessName, c.Executable = t.text(row[contextProcessName]), t.text(row[contextExecutable])
	c.ThreadEntityID = uint32(row[contextThreadEntityID])
	c.ProcessEntityID = uint32(row[contextProcessEntityID])
	c.ParentEntityID = uint32(row[contextParentEntityID])
	c.ProcessStatus = event.Status(row[contextProcessStatus])
}

func (t *tables) readContainer(c *event.Context, row *[contextColumns]uint64) {
	c.ContainerStatus = event.Status(row[contextContainerStatus])
	c.ContainerStarted = row[contextContainerStarted] != 0
	c.Container.ID = t.text(row[contextContainerID])
	c.Container.Name = t.text(row[contextContainerName])
	c.Container.Image = t.text(row[contextContainerImage])
	c.Container.ImageDigest = t.text(row[contextContainerImageDigest])
	c.Container.Runtime = t.text(row[contextContainerRuntime])
	c.Kubernetes.PodName = t.text(row[contextPodName])
	c.Kubernetes.PodNamespace = t.text(row[contextPodNamespace])
	c.Kubernetes.PodUID = t.text(row[contextPodUID])
	c.Kubernetes.PodSandbox = row[contextPodSandbox] != 0
	c.Container.Labels = t.labelsOf(row[contextContainerLabels])
	c.Kubernetes.PodLabels = t.labelsOf(row[contextPodLabels])
}

// labelsOf returns the labels of a list, the same for all contexts that name it.
func (t *tables) labelsOf(list uint64) *event.Labels {
	if list == 0 {
		return nil
	}
	pairs := t.list(list)
	if len(pairs) == 0 {
		return nil
	}
	if len(t.labels) == 0 {
		t.labels = slab(t.slabs.reuse, &t.slabs.labels, len(t.lists))
	}
	if len(pairs)%2 != 0 {
		t.oddLabels = list
	}
	labels := &t.labels[list]
	labels.Pairs = pairs
	return labels
}
