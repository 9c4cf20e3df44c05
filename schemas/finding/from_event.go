package finding

import (
	"net/url"
	"strconv"

	"github.com/weirsec/weir/schemas/event"
)

// ProcessOf returns the event's process with its ancestors, nearest first and
// at most event.MaxLineage of them. Where no lineage is known, it holds what
// the event itself says.
func ProcessOf(e *event.Event) *Process {
	c := e.Context
	if c.Process == nil {
		p := &Process{
			EntityID: c.ProcessEntityID, PID: c.HostPID, NSPID: c.PID, UID: c.UID,
			Name: c.ProcessName, Executable: c.Executable,
		}
		if c.HostPID == c.HostTID {
			p.StartTime = c.ThreadStartTime
		}
		return p
	}
	p := processOf(c.Process)
	for a := c.Process.Parent; a != nil && len(p.Ancestors) < event.MaxLineage; a = a.Parent {
		p.Ancestors = append(p.Ancestors, processOf(a))
	}
	return &p
}

func processOf(p *event.Process) Process {
	return Process{
		EntityID: p.EntityID, PID: p.PID, NSPID: p.NSPID, UID: p.UID, Name: p.Name, Executable: p.Executable,
		Args: p.Args, StartTime: p.StartTime, ExecTime: p.ExecTime,
	}
}

// ContainerOf returns the event's container, nil for a host process.
func ContainerOf(e *event.Event) *Container {
	c := &e.Context.Container
	if c.ID == "" {
		return nil
	}
	return &Container{
		ID: c.ID, Name: c.Name, Image: c.Image, ImageDigest: c.ImageDigest, Runtime: c.Runtime, Labels: c.Labels.Map(),
	}
}

// KubernetesOf returns the event's pod, nil outside a pod.
func KubernetesOf(e *event.Event) *Kubernetes {
	k := &e.Context.Kubernetes
	if *k == (event.Kubernetes{}) {
		return nil
	}
	return &Kubernetes{
		PodName: k.PodName, PodNamespace: k.PodNamespace, PodUID: k.PodUID, PodSandbox: k.PodSandbox,
		Labels: k.PodLabels.Map(),
	}
}

// EnrichmentOf returns the status of each field of the event that a stage tried
// to enrich: "container" and "process". It is never nil.
func EnrichmentOf(e *event.Event) map[string]string {
	all := map[string]string{}
	if s := e.Context.ContainerStatus; s != event.StatusNone {
		all["container"] = s.String()
	}
	if s := e.Context.ProcessStatus; s != event.StatusNone {
		all["process"] = s.String()
	}
	return all
}

// SubjectOf returns the CloudEvents subject of a finding: which process it is
// about, as "container/<id>/proc/<entity id>" or "host/<node>/proc/<entity id>"
// with the entity id in decimal. Names that whoever is observed has chosen are
// not part of it; id and node are percent-encoded, so that none can add a part.
func SubjectOf(e *event.Event) string {
	c := e.Context
	place := "host/" + url.PathEscape(c.Node)
	if c.Container.ID != "" {
		place = "container/" + url.PathEscape(c.Container.ID)
	}
	return place + "/proc/" + strconv.FormatUint(uint64(c.ProcessEntityID), 10)
}
