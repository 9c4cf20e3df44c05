package correlate

import (
	"maps"
	"slices"
	"strconv"

	"github.com/weirsec/weir/schemas/event"
)

// knownFields are the keys of the flat form that hold one value. The table is
// made once and only read.
var knownFields = map[string]func(e *event.Event) event.Value{
	"timestamp":           func(e *event.Event) event.Value { return event.Int(e.Time) },
	"processorId":         func(e *event.Event) event.Value { return event.Uint(uint64(e.CPU)) },
	"eventId":             func(e *event.Event) event.Value { return event.String(strconv.Itoa(int(e.Shape.ID))) },
	"eventName":           func(e *event.Event) event.Value { return event.String(e.Shape.Name) },
	"argsNum":             func(e *event.Event) event.Value { return event.Int(int64(len(e.Shape.Args))) },
	"returnValue":         func(e *event.Event) event.Value { return event.Int(e.ReturnValue) },
	"syscall":             func(e *event.Event) event.Value { return event.String(e.Syscall) },
	"threadStartTime":     ofContext(func(c *event.Context) event.Value { return event.Int(c.ThreadStartTime) }),
	"processId":           ofContext(func(c *event.Context) event.Value { return event.Int(int64(c.PID)) }),
	"threadId":            ofContext(func(c *event.Context) event.Value { return event.Int(int64(c.TID)) }),
	"parentProcessId":     ofContext(func(c *event.Context) event.Value { return event.Int(int64(c.PPID)) }),
	"hostProcessId":       ofContext(func(c *event.Context) event.Value { return event.Int(int64(c.HostPID)) }),
	"hostThreadId":        ofContext(func(c *event.Context) event.Value { return event.Int(int64(c.HostTID)) }),
	"hostParentProcessId": ofContext(func(c *event.Context) event.Value { return event.Int(int64(c.HostPPID)) }),
	"cgroupId":            ofContext(func(c *event.Context) event.Value { return event.Uint(c.CgroupID) }),
	"userId":              ofContext(func(c *event.Context) event.Value { return event.Uint(uint64(c.UID)) }),
	"mountNamespace":      ofContext(func(c *event.Context) event.Value { return event.Uint(uint64(c.MountNS)) }),
	"pidNamespace":        ofContext(func(c *event.Context) event.Value { return event.Uint(uint64(c.PIDNS)) }),
	"processName":         ofContext(func(c *event.Context) event.Value { return event.String(c.ProcessName) }),
	"executable.path":     ofContext(func(c *event.Context) event.Value { return event.String(c.Executable) }),
	"hostName":            ofContext(func(c *event.Context) event.Value { return event.String(c.HostName) }),
	"threadEntityId":      ofContext(func(c *event.Context) event.Value { return event.Uint(uint64(c.ThreadEntityID)) }),
	"processEntityId":     ofContext(func(c *event.Context) event.Value { return event.Uint(uint64(c.ProcessEntityID)) }),
	"parentEntityId":      ofContext(func(c *event.Context) event.Value { return event.Uint(uint64(c.ParentEntityID)) }),

	"containerId":                   ofContext(func(c *event.Context) event.Value { return event.String(c.Container.ID) }),
	"container.id":                  ofContext(func(c *event.Context) event.Value { return ifAny(c.Container.ID) }),
	"container.name":                ofContext(func(c *event.Context) event.Value { return ifAny(c.Container.Name) }),
	"container.image":               ofContext(func(c *event.Context) event.Value { return ifAny(c.Container.Image) }),
	"container.imageDigest":         ofContext(func(c *event.Context) event.Value { return ifAny(c.Container.ImageDigest) }),
	"kubernetes.podName":            ofContext(func(c *event.Context) event.Value { return ifAny(c.Kubernetes.PodName) }),
	"kubernetes.podNamespace":       ofContext(func(c *event.Context) event.Value { return ifAny(c.Kubernetes.PodNamespace) }),
	"kubernetes.podUID":             ofContext(func(c *event.Context) event.Value { return ifAny(c.Kubernetes.PodUID) }),
	"contextFlags.containerStarted": ofContext(func(c *event.Context) event.Value { return event.Bool(c.ContainerStarted) }),
	"contextFlags.isCompat":         func(e *event.Event) event.Value { return event.Bool(e.Compat) },
}

// knownField returns what reads the field of that path, nil where there is none.
func knownField(path string) func(e *event.Event) event.Value { return knownFields[path] }

// knownNames returns the paths, sorted.
func knownNames() []string { return slices.Sorted(maps.Keys(knownFields)) }

func ofContext(read func(c *event.Context) event.Value) func(e *event.Event) event.Value {
	return func(e *event.Event) event.Value { return read(e.Context) }
}

// ifAny is a text that the flat form leaves out where it is empty.
func ifAny(text string) event.Value {
	if text == "" {
		return event.Value{}
	}
	return event.String(text)
}
