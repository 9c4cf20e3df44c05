package rego

import (
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/schemas/event"
)

// field is one key of the input document.
type field struct {
	name string
	key  *ast.Term
	// value returns nil where the event does not have the key.
	value func(e *event.Event) *ast.Term
}

// fields are the keys of the flat form. The table is made once and only read.
var fields = []field{
	number("timestamp", func(e *event.Event) int64 { return e.Time }),
	number("threadStartTime", func(e *event.Event) int64 { return e.Context.ThreadStartTime }),
	number("processorId", func(e *event.Event) int64 { return int64(e.CPU) }),
	number("processId", func(e *event.Event) int64 { return int64(e.Context.PID) }),
	member("cgroupId", func(e *event.Event) *ast.Term { return uintTerm(e.Context.CgroupID) }),
	number("threadId", func(e *event.Event) int64 { return int64(e.Context.TID) }),
	number("parentProcessId", func(e *event.Event) int64 { return int64(e.Context.PPID) }),
	number("hostProcessId", func(e *event.Event) int64 { return int64(e.Context.HostPID) }),
	number("hostThreadId", func(e *event.Event) int64 { return int64(e.Context.HostTID) }),
	number("hostParentProcessId", func(e *event.Event) int64 { return int64(e.Context.HostPPID) }),
	number("userId", func(e *event.Event) int64 { return int64(e.Context.UID) }),
	number("mountNamespace", func(e *event.Event) int64 { return int64(e.Context.MountNS) }),
	number("pidNamespace", func(e *event.Event) int64 { return int64(e.Context.PIDNS) }),
	text("processName", func(e *event.Event) string { return e.Context.ProcessName }),
	member("executable", executableTerm),
	text("hostName", func(e *event.Event) string { return e.Context.HostName }),
	text("containerId", func(e *event.Event) string { return e.Context.Container.ID }),
	member("container", containerTerm),
	member("kubernetes", kubernetesTerm),
	text("eventId", func(e *event.Event) string { return strconv.FormatInt(int64(e.Shape.ID), 10) }),
	text("eventName", func(e *event.Event) string { return e.Shape.Name }),
	member("matchedPolicies", policiesTerm),
	number("argsNum", func(e *event.Event) int64 { return int64(len(e.Shape.Args)) }),
	number("returnValue", func(e *event.Event) int64 { return e.ReturnValue }),
	text("syscall", func(e *event.Event) string { return e.Syscall }),
	member("stackAddresses", stackTerm),
	member("contextFlags", flagsTerm),
	number("threadEntityId", func(e *event.Event) int64 { return int64(e.Context.ThreadEntityID) }),
	number("processEntityId", func(e *event.Event) int64 { return int64(e.Context.ProcessEntityID) }),
	number("parentEntityId", func(e *event.Event) int64 { return int64(e.Context.ParentEntityID) }),
	member("dns", dnsTerm),
	member("args", argsTerm),
	member("metadata", metadataTerm),
}

func member(name string, value func(e *event.Event) *ast.Term) field {
	return field{name: name, key: ast.StringTerm(name), value: value}
}

func number(name string, value func(e *event.Event) int64) field {
	return member(name, func(e *event.Event) *ast.Term { return intTerm(value(e)) })
}

func text(name string, value func(e *event.Event) string) field {
	return member(name, func(e *event.Event) *ast.Term { return textTerm(value(e)) })
}
