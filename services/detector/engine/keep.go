package engine

import (
	"slices"
	"strings"

	"github.com/weirsec/weir/schemas/event"
)

// keep returns a copy of the event at hand that lasts, made once for all who
// ask. Events are decoded into memory that the next batch uses again; while that
// is held, the copy is put off.
func (e *Evaluator) keep() *occasion {
	if e.kept == nil {
		kept := e.at
		kept.loose = true
		if !e.held {
			kept.fasten()
		}
		e.kept = &kept
	}
	return e.kept
}

// fasten makes an occasion last.
func (o *occasion) fasten() {
	if !o.loose {
		return
	}
	o.event = cloneEvent(o.event)
	o.cause = strings.Clone(o.cause)
	o.events = cloneTexts(o.events)
	o.loose = false
}

// Hold promises that the events which are evaluated from now on stay as they are
// until Release. Signatures that want signals then cost one copy of an event a
// batch, not one an event.
func (e *Evaluator) Hold() { e.held = true }

// Release ends what Hold promised: the memory of the events may be used again.
func (e *Evaluator) Release() {
	e.held = false
	for i := range e.slots {
		if last := e.slots[i].last; last != nil {
			last.fasten()
		}
	}
}

// cloneEvent copies an event with everything that it points at.
func cloneEvent(e *event.Event) *event.Event {
	c := *e
	shape := *e.Shape
	shape.Name = strings.Clone(shape.Name)
	shape.Args = slices.Clone(shape.Args)
	for i := range shape.Args {
		shape.Args[i].Name, shape.Args[i].Type = strings.Clone(shape.Args[i].Name), strings.Clone(shape.Args[i].Type)
	}
	c.Shape = &shape
	c.Values = slices.Clone(e.Values)
	for i, v := range c.Values {
		c.Values[i] = cloneValue(v)
	}
	c.Syscall, c.Hook = strings.Clone(e.Syscall), strings.Clone(e.Hook)
	c.Context = cloneContext(e.Context)
	if e.Extra != nil {
		c.Extra = &event.Extra{
			MatchedPolicies: cloneTexts(e.Extra.MatchedPolicies),
			StackAddresses:  slices.Clone(e.Extra.StackAddresses),
			Metadata:        slices.Clone(e.Extra.Metadata),
		}
	}
	return &c
}

func cloneValue(v event.Value) event.Value {
	switch v.Kind() {
	case event.KindString:
		return event.String(strings.Clone(v.Text()))
	case event.KindBytes:
		return event.Bytes(strings.Clone(v.Text()))
	case event.KindJSON:
		return event.JSON(strings.Clone(v.Text()))
	case event.KindStrings:
		return event.Strings(cloneTexts(v.List()))
	case event.KindMap:
		return event.Map(cloneTexts(v.List())...)
	default:
		return v
	}
}

func cloneTexts(list []string) []string {
	list = slices.Clone(list)
	for i := range list {
		list[i] = strings.Clone(list[i])
	}
	return list
}

func cloneContext(given *event.Context) *event.Context {
	c := *given
	for _, text := range []*string{
		&c.Node, &c.BootID, &c.HostName, &c.ProcessName, &c.Executable,
		&c.Container.ID, &c.Container.Name, &c.Container.Image, &c.Container.ImageDigest, &c.Container.Runtime,
		&c.Kubernetes.PodName, &c.Kubernetes.PodNamespace, &c.Kubernetes.PodUID,
	} {
		*text = strings.Clone(*text)
	}
	c.Container.Labels = cloneLabels(given.Container.Labels)
	c.Kubernetes.PodLabels = cloneLabels(given.Kubernetes.PodLabels)
	c.Process = cloneProcess(given.Process, event.MaxLineage)
	return &c
}

func cloneLabels(given *event.Labels) *event.Labels {
	if given == nil {
		return nil
	}
	return event.NewLabels(cloneTexts(given.Pairs)...)
}

// cloneProcess copies a process with its ancestors, at most so many.
func cloneProcess(given *event.Process, ancestors int) *event.Process {
	if given == nil {
		return nil
	}
	p := *given
	p.Name, p.Executable = strings.Clone(p.Name), strings.Clone(p.Executable)
	p.Args = cloneTexts(p.Args)
	p.Parent = nil
	if ancestors > 0 {
		p.Parent = cloneProcess(given.Parent, ancestors-1)
	}
	return &p
}
