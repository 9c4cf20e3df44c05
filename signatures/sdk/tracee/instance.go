package tracee

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/aquasecurity/tracee/types/detect"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// instance is a signature of Tracee at work in one partition.
type instance struct {
	of      *Signature
	inner   detect.Signature
	context *sdk.Context
	inbox   inbox
	log     *slog.Logger
}

func newInstance(of *Signature, inner detect.Signature, c *sdk.Context) *instance {
	log := of.opts.logger().With(slog.String("signature", of.metadata.ID))
	return &instance{of: of, inner: inner, context: c, inbox: inbox{id: of.metadata.ID, log: log}, log: log}
}

// init initialises the signature. One that fails is told to close: it may have
// opened something before.
func (i *instance) init() (err error) {
	defer recovered(&err, "initialise it")
	err = i.inner.Init(detect.SignatureContext{
		Callback: i.inbox.put, Logger: logger{i.log}, GetDataSource: i.source,
	})
	if err != nil {
		i.inner.Close()
		return fmt.Errorf("initialise it: %w", err)
	}
	return nil
}

// Move gives the signature another Context. It knows its Context only through
// sources, which look it up.
func (i *instance) Move(c *sdk.Context) { i.context = c }

// source finds a data source. A signature asks for it once and keeps it.
func (i *instance) source(namespace, id string) (detect.DataSource, bool) {
	s, ok := i.context.DataSource(namespace, id)
	if !ok {
		return nil, false
	}
	if theirs, ok := s.(*fromTracee); ok {
		return theirs.inner, true
	}
	return ForTracee(&moving{DataSource: s, of: i}), true
}

// Metadata and Selectors are those of the signature.
func (i *instance) Metadata() sdk.Metadata    { return i.of.metadata }
func (i *instance) Selectors() []sdk.Selector { return i.of.selectors }

// OnEvent gives the event to the signature and reports what it found.
func (i *instance) OnEvent(c *sdk.Context, e *event.Event) (err error) {
	converted := protocolEvent(c, e, i.of.opts.Words)
	i.inbox.accept()
	// What was found before a panic is found.
	defer func() { err = i.deliver(c, err) }()
	return i.inner.OnEvent(converted)
}

// OnSignal passes on the end of a source; Tracee knows no other signal.
func (i *instance) OnSignal(c *sdk.Context, s sdk.Signal) (err error) {
	if s.Kind != sdk.SourceComplete {
		return nil
	}
	i.inbox.accept()
	defer func() { err = i.deliver(c, err) }()
	return i.inner.OnSignal(detect.SignalSourceComplete(s.Source))
}

// deliver reports what came since accept and adds what went wrong to err.
func (i *instance) deliver(c *sdk.Context, err error) error {
	all, late := i.inbox.take()
	if late != nil {
		err = errors.Join(err, late)
	}
	for _, f := range all {
		c.Report(f.data)
		if f.err != nil {
			err = errors.Join(err, f.err)
		}
	}
	return err
}

// Close closes the signature and tells of findings that were lost.
func (i *instance) Close() {
	// Also where the signature panics.
	defer i.inbox.end()
	i.inner.Close()
}
