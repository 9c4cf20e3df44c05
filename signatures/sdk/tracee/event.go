package tracee

import (
	"encoding/json"
	"slices"

	"github.com/aquasecurity/tracee/types/protocol"
	"github.com/aquasecurity/tracee/types/trace"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// derivedKey is what converted events are shared by.
type derivedKey struct{ words bool }

// protocolEvent returns the event as Tracee's signatures get it, converted once
// for all of them.
func protocolEvent(c *sdk.Context, e *event.Event, words bool) protocol.Event {
	build := buildNumbers
	if words {
		build = buildWords
	}
	if made, ok := c.Derive(derivedKey{words}, e, build).(*protocol.Event); ok {
		return *made
	}
	// Somebody else's key, which Go's rules for keys exclude.
	return *convert(e, words)
}

func buildNumbers(e *event.Event) any { return convert(e, false) }
func buildWords(e *event.Event) any   { return convert(e, true) }

func convert(e *event.Event, words bool) *protocol.Event {
	made := Event(e, words)
	return &protocol.Event{
		Headers: protocol.EventHeaders{Selector: protocol.Selector{
			Name: made.EventName, Origin: e.Origin(), Source: trace.EventSource,
		}},
		Payload: made,
	}
}

// Event returns an event as Tracee's signatures get it, with arguments in words
// or as numbers; see Options. It shares no memory with e: a signature may keep
// it.
func Event(e *event.Event, words bool) trace.Event {
	c := e.Context
	t := newTexts(e)
	made := trace.Event{
		Timestamp:           int(e.Time),
		ThreadStartTime:     int(c.ThreadStartTime),
		ProcessorID:         int(e.CPU),
		ProcessID:           int(c.PID),
		CgroupID:            uint(c.CgroupID),
		ThreadID:            int(c.TID),
		ParentProcessID:     int(c.PPID),
		HostProcessID:       int(c.HostPID),
		HostThreadID:        int(c.HostTID),
		HostParentProcessID: int(c.HostPPID),
		UserID:              int(c.UID),
		MountNS:             int(c.MountNS),
		PIDNS:               int(c.PIDNS),
		ProcessName:         t.keep(c.ProcessName),
		Executable:          trace.File{Path: t.keep(c.Executable)},
		HostName:            t.keep(c.HostName),
		Container: trace.Container{
			ID: t.keep(c.Container.ID), Name: t.keep(c.Container.Name),
			ImageName: t.keep(c.Container.Image), ImageDigest: t.keep(c.Container.ImageDigest),
		},
		Kubernetes: trace.Kubernetes{
			PodName: t.keep(c.Kubernetes.PodName), PodNamespace: t.keep(c.Kubernetes.PodNamespace),
			PodUID: t.keep(c.Kubernetes.PodUID), PodSandbox: c.Kubernetes.PodSandbox,
		},
		EventID:         int(e.Shape.ID),
		EventName:       t.keep(e.Shape.Name),
		ArgsNum:         len(e.Shape.Args),
		ReturnValue:     int(e.ReturnValue),
		Syscall:         t.keep(e.Syscall),
		ContextFlags:    trace.ContextFlags{ContainerStarted: c.ContainerStarted, IsCompat: e.Compat},
		ThreadEntityId:  c.ThreadEntityID,
		ProcessEntityId: c.ProcessEntityID,
		ParentEntityId:  c.ParentEntityID,
		Args:            arguments(e, words, t),
	}
	made.ContainerID = made.Container.ID
	if x := e.Extra; x != nil {
		addExtra(&made, x, t)
	}
	return made
}

// addExtra adds what only imported events and findings have.
func addExtra(made *trace.Event, x *event.Extra, t *texts) {
	made.MatchedPolicies = t.keepAll(x.MatchedPolicies)
	made.StackAddresses = slices.Clone(x.StackAddresses)
	if len(x.Metadata) == 0 {
		return
	}
	// What is no metadata of Tracee's form is not there for its signatures.
	var m trace.Metadata
	if json.Unmarshal(x.Metadata, &m) == nil {
		made.Metadata = &m
	}
}
