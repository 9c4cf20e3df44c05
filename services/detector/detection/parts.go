package detection

import (
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/finding"
)

// process is the event's process with its ancestors. Where the process is not
// known to the enricher, the event itself says a little.
func process(e *event.Event) *finding.Process {
	c := e.Context
	if c.Process == nil {
		if c.HostPID == 0 && c.PID == 0 && c.ProcessName == "" {
			return nil
		}
		return &finding.Process{
			EntityID: c.ProcessEntityID, PID: c.HostPID, NSPID: c.PID, UID: c.UID,
			Name: c.ProcessName, Executable: c.Executable,
		}
	}
	p := one(c.Process)
	for a := c.Process.Parent; a != nil && len(p.Ancestors) < event.MaxLineage; a = a.Parent {
		p.Ancestors = append(p.Ancestors, one(a))
	}
	return &p
}

func one(p *event.Process) finding.Process {
	return finding.Process{
		EntityID: p.EntityID, PID: p.PID, NSPID: p.NSPID, UID: p.UID, Name: p.Name, Executable: p.Executable,
		Args: p.Args, StartTime: p.StartTime, ExecTime: p.ExecTime,
	}
}

func container(e *event.Event) *finding.Container {
	c := &e.Context.Container
	if c.ID == "" {
		return nil
	}
	return &finding.Container{ID: c.ID, Name: c.Name, Image: c.Image, ImageDigest: c.ImageDigest, Runtime: c.Runtime}
}

func kubernetes(e *event.Event) *finding.Kubernetes {
	k := &e.Context.Kubernetes
	if k.PodName == "" && k.PodUID == "" {
		return nil
	}
	return &finding.Kubernetes{
		PodName: k.PodName, PodNamespace: k.PodNamespace, PodUID: k.PodUID, PodSandbox: k.PodSandbox,
	}
}

// enrichment tells of each enriched field how it came to be what it is.
func enrichment(e *event.Event) map[string]string {
	told := make(map[string]string, 2)
	if s := e.Context.ContainerStatus; s != event.StatusNone {
		told["container"] = s.String()
	}
	if s := e.Context.ProcessStatus; s != event.StatusNone {
		told["process"] = s.String()
	}
	return told
}
