package rego

import (
	"strconv"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/schemas/event"
)

// inputKeys is how many keys the flat form has, the rare ones included.
const inputKeys = 33

// members are the keys and values of an object in the making.
type members [][2]*ast.Term

// inputTerm is an event as an OPA value: the same that one gets by reading the
// text of event.AppendJSON, without the text.
func inputTerm(e *event.Event) *ast.Term {
	c := e.Context
	m := make(members, 0, inputKeys)
	m.int(keys.timestamp, e.Time)
	m.int(keys.threadStartTime, c.ThreadStartTime)
	m.int(keys.processorID, int64(e.CPU))
	m.int(keys.processID, int64(c.PID))
	m.put(keys.cgroupID, uintTerm(c.CgroupID))
	m.int(keys.threadID, int64(c.TID))
	m.int(keys.parentProcessID, int64(c.PPID))
	m.int(keys.hostProcessID, int64(c.HostPID))
	m.int(keys.hostThreadID, int64(c.HostTID))
	m.int(keys.hostParentProcessID, int64(c.HostPPID))
	m.int(keys.userID, int64(c.UID))
	m.int(keys.mountNamespace, int64(c.MountNS))
	m.int(keys.pidNamespace, int64(c.PIDNS))
	m.text(keys.processName, c.ProcessName)
	m.put(keys.executable, ast.ObjectTerm(ast.Item(keys.path, textTerm(c.Executable))))
	m.text(keys.hostName, c.HostName)
	m.text(keys.containerID, c.Container.ID)
	m.put(keys.container, containerTerm(&c.Container))
	m.put(keys.kubernetes, kubernetesTerm(&c.Kubernetes))
	m.text(keys.eventID, strconv.FormatInt(int64(e.Shape.ID), 10))
	m.text(keys.eventName, e.Shape.Name)
	m.int(keys.argsNum, int64(len(e.Shape.Args)))
	m.int(keys.returnValue, e.ReturnValue)
	m.text(keys.syscall, e.Syscall)
	m.put(keys.contextFlags, ast.ObjectTerm(
		ast.Item(keys.containerStarted, ast.InternedTerm(c.ContainerStarted)),
		ast.Item(keys.isCompat, ast.InternedTerm(e.Compat))))
	m.int(keys.threadEntityID, int64(c.ThreadEntityID))
	m.int(keys.processEntityID, int64(c.ProcessEntityID))
	m.int(keys.parentEntityID, int64(c.ParentEntityID))
	m.put(keys.args, argsTerm(e))
	m.extra(e.Extra)
	return ast.ObjectTerm(m...)
}

// extra adds what only imported events carry.
func (m *members) extra(x *event.Extra) {
	if x == nil {
		m.put(keys.stackAddresses, ast.NullTerm())
		return
	}
	if len(x.MatchedPolicies) > 0 {
		m.put(keys.matchedPolicies, textsTerm(x.MatchedPolicies))
	}
	stack := ast.NullTerm()
	if x.StackAddresses != nil {
		list := make([]*ast.Term, 0, len(x.StackAddresses))
		for _, a := range x.StackAddresses {
			list = append(list, uintTerm(a))
		}
		stack = ast.ArrayTerm(list...)
	}
	m.put(keys.stackAddresses, stack)
	if len(x.Metadata) > 0 {
		m.put(keys.metadata, jsonTerm(string(x.Metadata)))
	}
}

func (m *members) put(key, value *ast.Term) { *m = append(*m, ast.Item(key, value)) }

func (m *members) int(key *ast.Term, n int64) { m.put(key, intTerm(n)) }

func (m *members) text(key *ast.Term, text string) { m.put(key, textTerm(text)) }

// some adds a text unless it is empty.
func (m *members) some(key *ast.Term, text string) {
	if text != "" {
		m.text(key, text)
	}
}

func containerTerm(c *event.Container) *ast.Term {
	var m members
	m.some(keys.id, c.ID)
	m.some(keys.name, c.Name)
	m.some(keys.image, c.Image)
	m.some(keys.imageDigest, c.ImageDigest)
	return ast.ObjectTerm(m...)
}

func kubernetesTerm(k *event.Kubernetes) *ast.Term {
	var m members
	m.some(keys.podName, k.PodName)
	m.some(keys.podNamespace, k.PodNamespace)
	m.some(keys.podUID, k.PodUID)
	if k.PodSandbox {
		m.put(keys.podSandbox, ast.InternedTerm(true))
	}
	return ast.ObjectTerm(m...)
}

func argsTerm(e *event.Event) *ast.Term {
	list := make([]*ast.Term, len(e.Shape.Args))
	for i := range e.Shape.Args {
		value, typ := e.Parsed(i)
		list[i] = ast.ObjectTerm(
			ast.Item(keys.name, textTerm(e.Shape.Args[i].Name)),
			ast.Item(keys.argType, textTerm(typ)),
			ast.Item(keys.value, valueTerm(value)))
	}
	return ast.ArrayTerm(list...)
}

// valid returns a text as JSON can hold it: each byte that is not UTF-8 becomes
// U+FFFD.
func valid(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return string([]rune(text))
}

func textTerm(text string) *ast.Term { return ast.StringTerm(valid(text)) }

func textsTerm(texts []string) *ast.Term {
	list := make([]*ast.Term, len(texts))
	for i, text := range texts {
		list[i] = textTerm(text)
	}
	return ast.ArrayTerm(list...)
}
