package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/detector"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/outside"
	"github.com/weirsec/weir/services/enricher"
	"github.com/weirsec/weir/services/notifier"
	"github.com/weirsec/weir/services/notifier/destination"
	"github.com/weirsec/weir/services/notifier/trace"
)

// consoleConsumer is the durable cursor of the terminal in WEIR_FINDINGS: what
// was not shown before a restart is shown after it.
const consoleConsumer = "console"

// The names of the parts, as logs and metrics have them.
const (
	stageCollector = "collector"
	stageEnricher  = bus.StageEnricher
	stageDetector  = bus.StageDetector
	stageNotifier  = bus.StageNotifier
)

// pipeline is the stages behind the collector, around one connection.
type pipeline struct {
	conn     *bus.Conn
	stages   []run.Component
	detector *detector.Detector
	// outside is what data sources need from outside of the process; nil where
	// they get nothing.
	outside  *outside.Outside
	traces   *trace.Materialiser
	console  run.Component
	interest func(ctx context.Context, wanted interest.Interest) error
}

// newPipeline wires enricher, detector and notifier to the broker, and the
// findings to the console. Spans go to exporter; nil means nowhere. Data sources
// may be nil.
func newPipeline(frame *run.Frame, conn *bus.Conn, partitions int, set *engine.Set,
	exporter sdktrace.SpanExporter, console destination.Destination, sources *outside.Outside,
) (*pipeline, error) {
	p := &pipeline{conn: conn, outside: sources}
	if sources != nil {
		sources.Connect(conn, partitions)
		p.stages = append(p.stages, run.Component{Name: "data sources", Run: sources.Run})
	}
	p.interest = func(ctx context.Context, wanted interest.Interest) error {
		return conn.PutInterest(ctx, frame.Instance, wanted)
	}
	var sink notifier.TraceSink
	if exporter != nil {
		var err error
		if p.traces, err = trace.New(exporter, frame.Telemetry.Meter("weir/notifier")); err != nil {
			return nil, err
		}
		sink = p.traces
	}
	if err := errors.Join(
		p.addEnricher(frame, partitions),
		p.addDetector(frame, partitions, set),
		p.addNotifier(frame, partitions, sink),
		p.addConsole(frame, console),
	); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *pipeline) addEnricher(frame *run.Frame, partitions int) error {
	settings := frame.Settings(stageEnricher)
	cfg := enricher.Default()
	cfg.Partitions = partitions
	service, err := enricher.New(cfg, settings)
	if err != nil {
		return fmt.Errorf("enricher: %w", err)
	}
	loop := service.Stage(partitions)
	loop.Owned = service.Serve(p.conn, partitions)
	return p.addStage(loop, settings)
}

func (p *pipeline) addDetector(frame *run.Frame, partitions int, set *engine.Set) error {
	settings := frame.Settings(stageDetector)
	service, err := detector.New(detector.Default(), set, settings)
	if err != nil {
		return fmt.Errorf("detector: %w", err)
	}
	p.detector = service
	frame.Health.Ask(detector.PartQuarantine, service.Trouble)
	return p.addStage(service.Stage(partitions), settings)
}

func (p *pipeline) addNotifier(frame *run.Frame, partitions int, sink notifier.TraceSink) error {
	settings := frame.Settings(stageNotifier)
	service, err := notifier.New(notifier.Config{}, settings, sink)
	if err != nil {
		return fmt.Errorf("notifier: %w", err)
	}
	return p.addStage(service.Stage(partitions), settings)
}

func (p *pipeline) addStage(cfg stage.Config, settings stage.Settings) error {
	runner, err := stage.New(p.conn, cfg, settings)
	if err != nil {
		return fmt.Errorf("%s: %w", cfg.Stage, err)
	}
	component := run.Component{Name: cfg.Stage, Run: runner.Run, Drain: runner.Drain}
	if cfg.Stage == stageDetector && p.outside != nil {
		component.Run = p.outside.After(runner.Run)
	}
	p.stages = append(p.stages, component)
	return nil
}

// addConsole brings findings from their stream to the terminal.
func (p *pipeline) addConsole(frame *run.Frame, console destination.Destination) error {
	settings := frame.Settings("console")
	deliverer, err := destination.NewDeliverer(destination.Config{}, settings, console)
	if err != nil {
		return fmt.Errorf("console: %w", err)
	}
	from := func(ctx context.Context, fn func(context.Context, bus.Received) error) error {
		return p.conn.Tail(ctx, bus.TailConfig{Stream: bus.StreamFindings, Durable: consoleConsumer}, fn)
	}
	p.console = run.Component{
		Name:  "console",
		Run:   func(ctx context.Context) error { return deliverer.Run(ctx, from) },
		Drain: p.drainConsole,
	}
	return nil
}

// drainConsole returns when all findings have been shown. What counts is how
// far the console has come: before its consumer exists nothing is pending.
func (p *pipeline) drainConsole(ctx context.Context) error {
	for {
		usage, err := p.conn.Usage(ctx, bus.StreamFindings)
		if err != nil {
			return err
		}
		shown := uint64(0)
		for _, c := range usage.Consumers {
			if c.Name == consoleConsumer {
				shown = c.AckFloor
			}
		}
		if usage.Messages == 0 || shown >= usage.LastSeq {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("up to %d findings not shown: %w", usage.LastSeq-shown, ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// components returns the parts in the order in which events pass them.
func (p *pipeline) components() []run.Component {
	return append(append([]run.Component{}, p.stages...), p.console)
}

// close sends the last spans. What cannot be sent is logged and counted.
func (p *pipeline) close(ctx context.Context, log *slog.Logger) {
	if err := p.detector.Close(); err != nil {
		log.LogAttrs(ctx, slog.LevelWarn, "metrics of signatures are incomplete", slog.Any("error", err))
	}
	if p.traces == nil {
		return
	}
	if err := p.traces.Shutdown(ctx); err != nil {
		log.LogAttrs(ctx, slog.LevelWarn, "traces are incomplete", slog.Any("error", err))
	}
}
