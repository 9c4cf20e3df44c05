package main

import (
	"context"
	"io"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/services/collector/live"
)

// wire loads the kernel programs and shows what they observe; which syscalls
// are reported follows what the detectors want, as it changes.
func wire(cfg *live.Config, messages io.Writer) run.Wire {
	return func(_ context.Context, frame *run.Frame, conn *bus.Conn, _ int) ([]run.Component, run.Free, error) {
		machine, err := live.Open(*cfg, frame.Settings("collector"))
		if err != nil {
			return nil, nil, err
		}
		// Nothing is left to tell of an error when the process ends.
		free := func(context.Context) { _ = machine.Close() }
		service, err := machine.Collector(conn, bus.RawSubject)
		if err != nil {
			return nil, free, err
		}
		if err := live.WriteTable(messages, machine.Attachments(), nil); err != nil {
			return nil, free, err
		}
		interest := func(ctx context.Context) error {
			return conn.WatchInterest(ctx, func(events []string) { machine.SetInterest(ctx, events) })
		}
		return []run.Component{
			{Name: "collector", Run: service.Run},
			{Name: "interest", Run: interest},
		}, free, nil
	}
}
