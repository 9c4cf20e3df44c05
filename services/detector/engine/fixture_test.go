package engine

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/goleak"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// written is a signature for tests: what it does is its function.
type written struct {
	id, version, digest, source string
	eventName                   string
	selectors                   []sdk.Selector
	match                       func(in *Input, report func(map[string]any)) error
}

func (w *written) Metadata() sdk.Metadata {
	return sdk.Metadata{ID: w.id, Version: w.version, EventName: w.eventName}
}

func (w *written) Selectors() []sdk.Selector { return w.selectors }
func (w *written) Digest() string            { return w.digest }
func (w *written) Source() string            { return w.source }

func (w *written) NewInstance(report func(Report)) Instance {
	return &writtenInstance{w, func(data map[string]any) { report(Report{Data: data}) }}
}

type writtenInstance struct {
	written *written
	report  func(map[string]any)
}

func (i *writtenInstance) Evaluate(_ context.Context, in *Input) error {
	return i.written.match(in, i.report)
}

// always fires on every event that it selects.
func always(id string, selectors ...sdk.Selector) *written {
	return &written{
		id: id, version: "1", digest: "d-" + id, selectors: selectors,
		match: func(_ *Input, report func(map[string]any)) error { report(nil); return nil },
	}
}

// finds fires on what it selects, and its findings are events of that name.
func finds(id, eventName string, selectors ...sdk.Selector) *written {
	w := always(id, selectors...)
	w.eventName = eventName
	return w
}

// on selects events of that name.
func on(name string) sdk.Selector { return sdk.Selector{Source: "tracee", Name: name} }

func onOpenat() sdk.Selector { return sdk.Selector{Source: "tracee", Name: "openat"} }

func programs(list ...*written) []Program {
	var all []Program
	for _, w := range list {
		all = append(all, w)
	}
	return all
}

// newEvent is an event of that name, on the host or in a container.
func newEvent(name, origin string) *event.Event {
	c := &event.Context{}
	switch origin {
	case event.OriginContainer:
		c.ContainerStarted = true
	case event.OriginContainerInit:
		c.Container.ID = "c"
	}
	return &event.Event{Shape: &event.Shape{Name: name}, Context: c}
}

// ids are the ids of the signatures that matched.
func ids(matches []Match) []string {
	list := []string{}
	for _, m := range matches {
		list = append(list, m.Signature.Metadata.ID)
	}
	return list
}

var errWritten = errors.New("written for a test")
