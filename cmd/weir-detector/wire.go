package main

import (
	"context"
	"io"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/services/detector"
	"github.com/weirsec/weir/services/detector/load"
)

// wire loads the signatures, tells the collectors which events they want, and
// makes the stage.
func wire(request *load.Request, messages io.Writer) run.Wire {
	return func(ctx context.Context, frame *run.Frame, conn *bus.Conn, partitions int) ([]run.Component, run.Free, error) {
		wanted := *request
		wanted.Logger = frame.Logger
		set, bad, err := load.Report(ctx, wanted, messages)
		if err != nil {
			return nil, nil, err
		}
		frame.Health.SetSignatures(bad)
		settings := frame.Settings("detector")
		d, err := detector.New(detector.Default(), set, settings)
		if err != nil {
			return nil, nil, err
		}
		free := func(context.Context) { _ = d.Close() }
		runner, err := stage.New(conn, d.Stage(partitions), settings)
		if err != nil {
			return nil, free, err
		}
		if err := conn.PutInterest(ctx, frame.Instance, set.EventNames()); err != nil {
			return nil, free, err
		}
		return []run.Component{{Name: "detector", Run: runner.Run}}, free, nil
	}
}
