package main

import (
	"context"
	"log/slog"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/services/notifier"
	"github.com/weirsec/weir/services/notifier/trace"
)

// wire makes the stage and, where the environment names a place for traces,
// what materialises them.
func wire(_ context.Context, frame *run.Frame, conn *bus.Conn, partitions int) ([]run.Component, run.Free, error) {
	settings := frame.Settings("notifier")
	var sink notifier.TraceSink
	var free run.Free
	if frame.Telemetry.Spans != nil {
		traces, err := trace.New(frame.Telemetry.Spans, settings.Meter)
		if err != nil {
			return nil, nil, err
		}
		sink = traces
		free = func(ctx context.Context) {
			if err := traces.Shutdown(ctx); err != nil {
				settings.Logger.LogAttrs(ctx, slog.LevelWarn, "traces are incomplete", slog.Any("error", err))
			}
		}
	}
	n, err := notifier.New(notifier.Config{}, settings, sink)
	if err != nil {
		return nil, free, err
	}
	runner, err := stage.New(conn, n.Stage(partitions), settings)
	if err != nil {
		return nil, free, err
	}
	return []run.Component{{Name: "notifier", Run: runner.Run}}, free, nil
}
