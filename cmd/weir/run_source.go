package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/collector"
	"github.com/weirsec/weir/services/collector/live"
	"github.com/weirsec/weir/services/collector/privilege"
	"github.com/weirsec/weir/services/collector/replay"
)

const (
	// sourceKernel is this machine's kernel.
	sourceKernel eventSource = "kernel"
	// traceePrefix stands before the file of a Tracee's events.
	traceePrefix = "tracee:"
)

// eventSource is the flag --source: where events come from.
type eventSource string

// String returns the source.
func (s *eventSource) String() string { return string(*s) }

// Type names the kind of value for --help.
func (s *eventSource) Type() string { return "source" }

// Set takes a source.
func (s *eventSource) Set(text string) error {
	if file, ok := strings.CutPrefix(text, traceePrefix); text != string(sourceKernel) && (!ok || file == "") {
		return errors.New("want kernel, tracee:FILE or tracee:-")
	}
	*s = eventSource(text)
	return nil
}

// runSource is an open source of "weir run": a machine or an input.
type runSource struct {
	frame   *run.Frame
	machine *live.Machine
	input   *played
	name    string
}

// openSource opens what --source names.
func (o *runOptions) openSource(ctx context.Context, cmd *cobra.Command, frame *run.Frame) (*runSource, error) {
	s := &runSource{frame: frame}
	file, ok := strings.CutPrefix(string(o.source), traceePrefix)
	var err error
	if !ok {
		if s.machine, err = live.Open(o.machine, frame.Settings(stageCollector)); err != nil {
			return s, err
		}
		// What must be kept to write there is found out when rights are given up.
		if _, err := s.machine.OpenSpool(o.spool, func(text string) { frame.Health.SetTrouble("spool", text) }); err != nil {
			return s, errors.Join(err, s.machine.Close())
		}
		return s, nil
	}
	s.name = file
	s.input, err = openPlayed(ctx, file, formatTracee, o.machine.Node, cmd.InOrStdin(), cmd.ErrOrStderr())
	return s, err
}

// start returns what brings the events to the broker. over is called when there
// are no more.
func (s *runSource) start(ctx context.Context, conn *bus.Conn, wanted interest.Interest, over func()) ([]run.Component, error) {
	if s.machine == nil {
		source := replay.New(s.input, replay.Options{})
		to := &throttle{conn: conn}
		service, err := collector.New(collector.Config{Subject: bus.RawSubject}, source, to, s.frame.Settings(stageCollector))
		if err != nil {
			return nil, err
		}
		return []run.Component{{Name: stageCollector, Run: func(ctx context.Context) error {
			defer over()
			return service.Run(ctx)
		}}}, nil
	}
	service, err := s.machine.Collector(conn, bus.RawSubject)
	if err != nil {
		return nil, err
	}
	// Set here too, so that the banner tells of a machine that watches already.
	s.machine.SetInterest(ctx, wanted)
	return []run.Component{{Name: stageCollector, Run: service.Run}, watchInterest(conn, s.machine)}, nil
}

// attachments says how each event is observed; nil where no kernel is watched.
func (s *runSource) attachments() []bpf.Attachment {
	if s.machine == nil {
		return nil
	}
	return s.machine.Attachments()
}

// confine gives up the rights that are not needed any more, and says which are
// kept; "" where none were needed.
func (s *runSource) confine(o *runOptions) (string, error) {
	if s.machine == nil {
		return "", nil
	}
	rights, err := o.confine(s.machine)
	return rights.String(), err
}

// notes says what is missing of the rights that were asked for.
func (s *runSource) notes() []string {
	if s.machine == nil {
		return nil
	}
	return privilege.Notes(s.machine.Rights())
}

// what says in words what is done with the source.
func (s *runSource) what() string {
	switch {
	case s.machine != nil:
		return "watches " + s.machine.Node()
	case s.name == "-":
		return "reads Tracee's events from standard input"
	default:
		return "reads Tracee's events from " + s.name
	}
}

// close frees the source, when nothing uses it any more.
func (s *runSource) close() error {
	if s.machine == nil {
		s.input.close()
		return nil
	}
	return s.machine.Close()
}
