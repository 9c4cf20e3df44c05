package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/frames"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/collector/live"
	"github.com/weirsec/weir/services/collector/recorder"
	"github.com/weirsec/weir/services/detector/load"
)

// recordOptions are the settings of "weir record".
type recordOptions struct {
	selection load.Request
	file      string
	what      *choice
	events    []string
	duration  time.Duration
	count     uint64
	maxSize   byteSize
	force     bool
	node      string
	bus       bus.Config
}

// newRecord returns "weir record".
func newRecord() *cobra.Command {
	o := &recordOptions{what: newChoice(formatRaw, formatEvents), maxSize: 1 << 30}
	cmd := &cobra.Command{
		Use:   "record --output FILE",
		Short: "Record this machine's events, or those that a broker carries, to a file (needs root)",
		Long: `Record events to a file, which "weir replay" plays and "weir analyze" reads:
the kernel's own records (--what raw), or events with their processes and
containers (--what events). They are this machine's (that needs root), or with
--nats-url those that pass there from now on.

What is recorded is what the loaded signatures need, or the events that --event
names ('*' for all), always with processes and cgroups, since no other event can
be understood without. Of a broker's, all that it carries is recorded unless
--event picks some.

It ends after --duration, --count events or --max-size, and on Ctrl-C; the file
is whole then. What was lost is in it and is told at the end. A recording may
hold secrets: command lines and environments are recorded as they are (--what
events masks what looks like one). Its owner alone can read it.`,
		Example: `  sudo weir record --output attack.weir --duration 1m
  sudo weir record -o opens.weir --event openat --event execve --count 1000
  weir record -o events.weir --what events --nats-url nats://127.0.0.1:4222 --duration 10s`,
		Args: cobra.NoArgs,
		PreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.validate(); err != nil {
				return usage(err)
			}
			return exclude(cmd, "nats-url", "node", "pack", "signatures", "signature")
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), cmd) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.file, "output", "o", "", "file to write")
	_ = cmd.MarkFlagRequired("output") // the flag is there
	flags.Var(o.what, "what", "the kernel's records, or events with their processes and containers")
	flags.StringArrayVar(&o.events, "event", nil, "record this event, '*' for all; may be given again (default: what the signatures need)")
	flags.DurationVar(&o.duration, "duration", 0, "end after this time (default: on Ctrl-C)")
	flags.Uint64Var(&o.count, "count", 0, "end after so many events, without those of what was there before")
	flags.Var(&o.maxSize, "max-size", "end before the file is larger than this")
	flags.BoolVar(&o.force, "force", false, "overwrite the file if there is one")
	flags.StringVar(&o.node, "node", "", "this machine's name in the events (default: the host's name)")
	o.selection.Register(flags)
	registerOptionalBus(cmd, &o.bus, "record what passes at this NATS (default: what this machine's kernel does)")
	return cmd
}

// validate returns an error for settings that cannot be met.
func (o *recordOptions) validate() error {
	if o.duration < 0 {
		return fmt.Errorf("the duration must not be negative: %s", o.duration)
	}
	for _, name := range o.events {
		// A broker may carry events that this version does not know.
		if catalogue.ByName(name) == nil && name != "*" && o.bus.URL == "" {
			return fmt.Errorf("no event %q is observed by this version: 'weir doctor' lists them", name)
		}
	}
	return nil
}

// magic is how the recording begins.
func (o *recordOptions) magic() string {
	if o.what.value == formatEvents {
		return frames.Events
	}
	return frames.Raw
}

// all reports whether all events are wanted.
func (o *recordOptions) all() bool { return slices.Contains(o.events, "*") }

// run records until there is enough.
func (o *recordOptions) run(ctx context.Context, cmd *cobra.Command) error {
	frame, err := (&run.Flags{LogLevel: "warn", LogFormat: "text", HTTP: "off"}).Open(ctx, cmd, "weir")
	if err != nil {
		return err
	}
	defer frame.Close(context.WithoutCancel(ctx))
	recording, enough := context.WithCancel(ctx)
	defer enough()
	open := o.openKernel
	if o.bus.URL != "" {
		open = o.openBus
	}
	// First what may be refused, so that no file is made for nothing.
	source, err := open(ctx, cmd, frame)
	if err != nil {
		return err
	}
	file, err := o.create(recorder.Config{
		Magic: o.magic(), Only: source.only, Count: o.count, MaxBytes: int64(o.maxSize), Enough: enough,
	})
	if err != nil {
		return errors.Join(err, source.close())
	}
	fmt.Fprintln(cmd.ErrOrStderr(), "recording", event.Printable(source.what))
	if o.duration > 0 {
		var cancel context.CancelFunc
		recording, cancel = context.WithTimeout(recording, o.duration)
		defer cancel()
	}
	status := newStatusLine(cmd.ErrOrStderr(), file.progress)
	group := run.Group{Logger: frame.Logger}
	err = group.Run(recording, source.component(file.Recorder), status.component())
	err = errors.Join(run.Stopped(ctx, err), source.close(), file.close())
	status.clear()
	fmt.Fprint(cmd.ErrOrStderr(), ledgerText(o.file, file.Ledger()))
	return err
}

// openKernel opens this machine, with the events that are wanted switched on.
func (o *recordOptions) openKernel(ctx context.Context, cmd *cobra.Command, frame *run.Frame) (*recordSource, error) {
	wanted := interest.Of(o.events...)
	if len(o.events) == 0 {
		set, _, err := load.Report(ctx, o.selection, cmd.ErrOrStderr())
		if err != nil {
			return nil, err
		}
		wanted = set.Interest()
	}
	machine, err := live.Open(live.Config{Node: o.node}, frame.Settings(stageCollector))
	if err != nil {
		return nil, err
	}
	machine.SetInterest(ctx, wanted)
	what := machine.Node() + ": " + strings.Join(append([]string{"processes", "cgroups"}, wanted.Names()...), ", ")
	return &recordSource{what: what, close: machine.Close, component: func(to *recorder.Recorder) run.Component {
		return run.Component{Name: stageCollector, Run: func(ctx context.Context) error {
			publisher, err := o.publisher(frame, to)
			if err != nil {
				return err
			}
			service, err := machine.Collector(publisher, bus.RawSubject)
			if err != nil {
				return err
			}
			return service.Run(ctx)
		}}
	}}, nil
}

// openBus connects to a broker.
func (o *recordOptions) openBus(ctx context.Context, cmd *cobra.Command, frame *run.Frame) (*recordSource, error) {
	conn, done, err := connect(ctx, o.bus, frame.Logger)
	if err != nil {
		return nil, err
	}
	stream := bus.StreamRaw
	if o.what.value == formatEvents {
		stream = bus.StreamEvents
	}
	if _, err := conn.Usage(ctx, stream); err != nil {
		done()
		return nil, err
	}
	source := &recordSource{what: stream + " of " + o.bus.URL, close: func() error { done(); return nil }}
	if !o.all() {
		source.only = o.events
	}
	source.component = func(to *recorder.Recorder) run.Component {
		return run.Component{Name: "tail", Run: func(ctx context.Context) error {
			return conn.Tail(ctx, bus.TailConfig{Stream: stream, DeliverNew: true}, func(_ context.Context, m bus.Received) error {
				return to.Take(m.Data, m.Header["Weir-Part"])
			})
		}}
	}
	return source, nil
}
