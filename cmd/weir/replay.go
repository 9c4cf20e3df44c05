package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/embed"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/services/collector"
	"github.com/weirsec/weir/services/collector/replay"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/notifier/destination"
)

const (
	// replayPartitions is how many partitions the streams of a replay have.
	replayPartitions = 4
	// replayDrain is how long the stages may take for what is left at the end;
	// a throttle keeps that little.
	replayDrain = 10 * time.Minute
)

// replayOptions are the settings of "weir replay".
type replayOptions struct {
	selection     load.Request
	output        outputForm
	format        *choice
	speed         speed
	now           bool
	node          string
	bus           bus.Config
	skipInvalid   bool
	failOnFinding bool
}

// newReplay returns "weir replay".
func newReplay() *cobra.Command {
	o := &replayOptions{output: outputHuman, speed: 1, format: newChoice(formatAuto, formatRaw, formatEvents, formatTracee)}
	cmd := &cobra.Command{
		Use:   "replay FILE|-",
		Short: "Play a recording through all stages, without root",
		Long: `Play a recording through all stages around an embedded broker, in a directory
that is removed afterwards, or with --nats-url through the stages that run there.
FILE is a recording of "weir record" or "weir analyze --record", or Tracee's
events, one a line of JSON in either of its forms; it is told by how it begins.

The ids of events and findings are those of the recording, each time: a broker
that has had them takes nothing twice. With --now all of it happens now, and has
new ids.

Exit codes: 0 done; 1 a part of the input could not be read, or it failed; 2
wrong usage; 3 there were findings (with --fail-on-finding).`,
		Example: `  weir replay attack.weir
  weir replay attack.weir --speed max --signatures ./my-signatures --output json
  tracee --output json | weir replay - --format tracee --speed max
  weir replay attack.weir --now --nats-url nats://127.0.0.1:4222`,
		Args: cobra.ExactArgs(1),
		PreRunE: func(cmd *cobra.Command, _ []string) error {
			return exclude(cmd, "nats-url", "pack", "signatures", "signature", "fail-on-finding")
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), cmd, args[0]) },
	}
	flags := cmd.Flags()
	o.selection.Register(flags)
	flags.VarP(&o.output, "output", "o", "how findings are shown")
	flags.Var(o.format, "format", "what the input is")
	flags.Var(&o.speed, "speed", "how fast: as it happened, so many times as fast, or as fast as it goes")
	flags.BoolVar(&o.now, "now", false, "move all times so that it happens now, with new ids")
	flags.StringVar(&o.node, "node", "", "the node of Tracee's events (default: what each calls its host)")
	flags.BoolVar(&o.skipInvalid, "skip-invalid", false, "exit with 0 even if lines were no events")
	flags.BoolVar(&o.failOnFinding, "fail-on-finding", false, "exit with 3 if there are findings")
	registerOptionalBus(cmd, &o.bus, "play to this NATS, whose stages do the rest (default: all stages here)")
	return cmd
}

// exclude returns an error where a flag is given together with one of the others,
// which it makes meaningless.
func exclude(cmd *cobra.Command, flag string, others ...string) error {
	for _, other := range others {
		if cmd.Flags().Changed(flag) && cmd.Flags().Changed(other) {
			return usage(fmt.Errorf("--%s means nothing with --%s", other, flag))
		}
	}
	return nil
}

// registerOptionalBus adds the flags of a broker that is used only where its
// address is on the command line.
func registerOptionalBus(cmd *cobra.Command, cfg *bus.Config, usage string) {
	run.RegisterBus(cmd.Flags(), cfg)
	url := cmd.Flags().Lookup("nats-url")
	cfg.URL, url.DefValue, url.Usage = "", "", usage
}

// run plays the input and says what became of it.
func (o *replayOptions) run(ctx context.Context, cmd *cobra.Command, name string) error {
	// Whatever ends the work must also end a read that waits for input.
	reading, cancel := context.WithCancel(ctx)
	defer cancel()
	input, err := openPlayed(reading, name, o.format.value, o.node, cmd.InOrStdin(), cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	defer input.close()
	frame, err := (&run.Flags{LogLevel: "warn", LogFormat: "text", HTTP: "off"}).Open(ctx, cmd, "weir")
	if err != nil {
		return err
	}
	defer frame.Close(context.WithoutCancel(ctx))
	p := &replayer{options: o, frame: frame, input: input, cmd: cmd, began: time.Now()}
	p.status = newStatusLine(cmd.ErrOrStderr(), p.progress)
	if o.bus.URL != "" {
		err = p.publish(ctx)
	} else {
		err = p.play(ctx)
	}
	p.status.clear()
	if errors.Is(err, destination.ErrClosed) {
		// Whoever read the findings has seen enough.
		return nil
	}
	p.summary()
	switch {
	case ctx.Err() != nil:
		return errors.Join(errors.New("interrupted: the rest of the input was not played"), run.Stopped(ctx, err))
	case err != nil:
		return err
	case input.invalid > 0 && !o.skipInvalid:
		return &run.ExitError{Code: run.ExitFailed}
	case p.found.Load() > 0 && o.failOnFinding:
		return &run.ExitError{Code: exitFinding}
	default:
		return nil
	}
}

// play plays through stages of its own.
func (p *replayer) play(ctx context.Context) (err error) {
	o, end := p.options, context.WithoutCancel(ctx)
	o.selection.Logger, o.selection.Limits.Cost = p.frame.Logger, patience
	set, _, err := load.Report(ctx, o.selection, p.cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "weir-replay-")
	if err != nil {
		return fmt.Errorf("make a directory for the replay: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	broker, err := openBroker(ctx, p.frame, embed.Config{Dir: dir, MaxBytes: 512 << 20, Reserve: 1 << 20}, replayPartitions)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, broker.close(end)) }()
	console := &replayConsole{Destination: o.output.console(p.cmd.OutOrStdout()), status: p.status, found: &p.found}
	stages, err := newPipeline(p.frame, broker.conn, replayPartitions, set, p.frame.Telemetry.Spans, console, nil)
	if err != nil {
		return err
	}
	defer stages.close(end, p.frame.Logger)
	if err := p.group(ctx, &throttle{conn: broker.conn}, stages.components()...); err != nil {
		return err
	}
	dead, err := broker.conn.Usage(end, bus.StreamDLQ)
	if err == nil && dead.LastSeq > 0 {
		err = fmt.Errorf("%s could not be handled: findings may be missing", count(int(dead.LastSeq), "message", "messages"))
	}
	return err
}

// publish plays to stages elsewhere.
func (p *replayer) publish(ctx context.Context) error {
	conn, done, err := connect(ctx, p.options.bus, p.frame.Logger)
	if err != nil {
		return err
	}
	defer done()
	return p.group(ctx, conn)
}

// group plays until the input ends, and then until all of it has arrived.
func (p *replayer) group(ctx context.Context, to collector.Publisher, stages ...run.Component) error {
	source := replay.New(p.input, replay.Options{Speed: float64(p.options.speed), Now: p.options.now})
	service, err := collector.New(collector.Config{Subject: bus.RawSubject}, source, to, p.frame.Settings(stageCollector))
	if err != nil {
		return err
	}
	over, stop := context.WithCancel(ctx)
	defer stop()
	components := []run.Component{{Name: "replay", Run: func(ctx context.Context) error {
		defer stop()
		return service.Run(ctx)
	}}}
	group := run.Group{Logger: p.frame.Logger, Drain: replayDrain}
	return group.Run(over, append(append(components, stages...), p.status.component())...)
}
