package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/services/detector/bundle"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/services/detector/reload"
	"github.com/weirsec/weir/services/detector/watch"
)

// signatureSources keep the signatures of a process up to date: with its
// directories and with the bundles that the broker holds.
type signatureSources struct {
	loader   *load.Loader
	trust    bundle.Trust
	watcher  *watch.Watcher
	reloader *reload.Reloader
	// set is what was loaded at the start.
	set *engine.Set
}

// checkSources returns an error for a request that cannot be met, before
// anything else is begun. A single signature may still come with a bundle.
func checkSources(ctx context.Context, request load.Request, trusted bundle.Flags) (*signatureSources, error) {
	s := &signatureSources{loader: load.NewLoader(request)}
	var err error
	if s.trust, err = trusted.Trust(); err != nil {
		return nil, err
	}
	var unknown *load.UnknownError
	if _, _, err = s.loader.Load(ctx, nil); err != nil && !errors.As(err, &unknown) {
		return nil, err
	}
	return s, nil
}

// open watches the directories and loads the signatures, with the bundles that
// there are. Problems are told to messages.
func (s *signatureSources) open(ctx context.Context, frame *run.Frame, conn *bus.Conn, messages io.Writer) error {
	settings := frame.Settings(stageDetector)
	var err error
	// Watched before they are loaded, so that no change falls in between.
	s.watcher, err = watch.New(watch.Config{Dirs: s.loader.Request().Dirs, Logger: settings.Logger})
	if err != nil {
		return err
	}
	s.reloader, err = reload.New(reload.Config{
		Load: s.loader.Load, Messages: messages, Health: frame.Health.SetTrouble, Members: conn, Version: run.Version(),
		Bundles: &reload.Bundles{
			Store: conn,
			Open:  func(data []byte) (*bundle.Bundle, error) { return bundle.Open(data, s.trust) },
			Check: func(ctx context.Context, name string, files fs.FS) []problem.Problem {
				return s.loader.Check(ctx, files, load.BundlePrefix(name))
			},
		},
	}, settings)
	if err != nil {
		return err
	}
	s.set, err = s.reloader.Start(ctx)
	return err
}

// components reload whenever something changes.
func (s *signatureSources) components(p *pipeline) []run.Component {
	to := reload.Target{Swap: p.detector.Swap, Interest: p.interest}
	return []run.Component{
		{Name: "signature files", Run: func(ctx context.Context) error {
			return s.watcher.Run(ctx, func() { s.reloader.Trigger("files") })
		}},
		run.OnHangup("SIGHUP", func() { s.reloader.Trigger("SIGHUP") }),
		{Name: "reload", Run: func(ctx context.Context) error { return s.reloader.Run(ctx, to) }},
	}
}

// close frees what open opened.
func (s *signatureSources) close(ctx context.Context, log *slog.Logger) {
	var errs []error
	if s.watcher != nil {
		errs = append(errs, s.watcher.Close())
	}
	if s.reloader != nil {
		errs = append(errs, s.reloader.Close())
	}
	if err := errors.Join(errs...); err != nil {
		log.LogAttrs(ctx, slog.LevelWarn, "signatures are not watched to the end", slog.Any("error", err))
	}
}
