package main

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/detector"
	"github.com/weirsec/weir/services/detector/bucket"
	"github.com/weirsec/weir/services/detector/bundle"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/detector/outside"
	"github.com/weirsec/weir/services/detector/reload"
	"github.com/weirsec/weir/services/detector/watch"
)

// wire loads the signatures, tells the collectors which events they want, makes
// the stage, and keeps the signatures up to date.
func wire(request *load.Request, trusted *bundle.Flags, buckets *bucket.Flags, messages io.Writer) run.Wire {
	return func(ctx context.Context, frame *run.Frame, conn *bus.Conn, partitions int) ([]run.Component, run.Free, error) {
		w := &wiring{settings: frame.Settings("detector")}
		wanted := *request
		wanted.Logger = frame.Logger
		var err error
		if w.outside, err = outside.Open(buckets, w.settings); err != nil {
			return nil, nil, err
		}
		wanted.Sources, wanted.Misses = w.outside.Sources(), w.outside.Misses()
		w.outside.Connect(conn, partitions)
		components, err := w.wire(ctx, frame, conn, partitions, load.NewLoader(wanted), trusted, messages)
		return components, w.free, err
	}
}

// wiring is what must be freed at the end.
type wiring struct {
	settings stage.Settings
	watcher  *watch.Watcher
	reloader *reload.Reloader
	detector *detector.Detector
	outside  *outside.Outside
}

func (w *wiring) wire(ctx context.Context, frame *run.Frame, conn *bus.Conn, partitions int,
	loader *load.Loader, trusted *bundle.Flags, messages io.Writer,
) ([]run.Component, error) {
	trust, err := trusted.Trust()
	if err != nil {
		return nil, err
	}
	// Watched before they are loaded, so that no change falls in between.
	if w.watcher, err = watch.New(watch.Config{Dirs: loader.Request().Dirs, Logger: w.settings.Logger}); err != nil {
		return nil, err
	}
	if w.reloader, err = reload.New(reload.Config{
		Load: loader.Load, Messages: messages, Health: frame.Health.SetTrouble, Members: conn, Version: run.Version(),
		Bundles: bundlesOf(conn, trust, loader),
	}, w.settings); err != nil {
		return nil, err
	}
	set, err := w.reloader.Start(ctx)
	if err != nil {
		return nil, err
	}
	if w.detector, err = detector.New(detector.Default(), set, w.settings); err != nil {
		return nil, err
	}
	frame.Health.Ask(detector.PartQuarantine, w.detector.Trouble)
	runner, err := stage.New(conn, w.detector.Stage(partitions), w.settings)
	if err != nil {
		return nil, err
	}
	tell := func(ctx context.Context, wanted interest.Interest) error {
		return conn.PutInterest(ctx, frame.Instance, wanted)
	}
	if err := tell(ctx, set.Interest()); err != nil {
		return nil, err
	}
	to := reload.Target{Swap: w.detector.Swap, Interest: tell}
	return []run.Component{
		{Name: "signature files", Run: func(ctx context.Context) error {
			return w.watcher.Run(ctx, func() { w.reloader.Trigger("files") })
		}},
		run.OnHangup("SIGHUP", func() { w.reloader.Trigger("SIGHUP") }),
		{Name: "reload", Run: func(ctx context.Context) error { return w.reloader.Run(ctx, to) }},
		{Name: "data sources", Run: w.outside.Run},
		{Name: "detector", Run: w.outside.After(runner.Run)},
	}, nil
}

// free ends the watching and the measuring.
func (w *wiring) free(ctx context.Context) {
	var errs []error
	if w.watcher != nil {
		errs = append(errs, w.watcher.Close())
	}
	if w.reloader != nil {
		errs = append(errs, w.reloader.Close())
	}
	if w.outside != nil {
		errs = append(errs, w.outside.Close())
	}
	if w.detector != nil {
		errs = append(errs, w.detector.Close())
	}
	if err := errors.Join(errs...); err != nil {
		w.settings.Logger.LogAttrs(ctx, slog.LevelWarn, "metrics of signatures are incomplete", slog.Any("error", err))
	}
}
