package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/collector/live"
)

// follower keeps the kernel programs to what detectors want: at first to what
// they wanted when it was last known.
type follower struct {
	machine *live.Machine
	frame   *run.Frame
	broker  *run.Broker
}

// begin switches on what was wanted last. Where that is not known it says what
// is missing, for as long as it is.
func (f *follower) begin(ctx context.Context) {
	last, known, err := f.machine.Remembered()
	switch {
	case err != nil:
		f.frame.Logger.LogAttrs(ctx, slog.LevelWarn, "what signatures wanted last is not known", slog.Any("error", err))
	case known:
		f.machine.SetInterest(ctx, last.Interest)
		f.frame.Logger.LogAttrs(ctx, slog.LevelInfo, "begins with what signatures wanted last",
			slog.Int("events", len(last.Interest.Events)), slog.Time("at", last.At.Truncate(time.Second)))
	}
	if len(last.Interest.Events) > 0 || f.broker.Trouble() == "" {
		return
	}
	const why = "what signatures want is not known: until NATS tells it, only processes and containers are reported"
	f.frame.Health.SetTrouble("interest", why)
	f.frame.Logger.LogAttrs(ctx, slog.LevelWarn, why)
}

// run follows what is wanted, once there is a broker, until ctx ends.
func (f *follower) run(ctx context.Context) error {
	conn, err := f.broker.Conn(ctx)
	if ctx.Err() != nil {
		return nil //nolint:nilerr // whoever ended ctx knows
	}
	if err != nil {
		return err
	}
	return conn.WatchInterest(ctx, func(wanted interest.Interest) {
		f.machine.SetInterest(ctx, wanted)
		f.frame.Health.SetTrouble("interest", "")
		if err := f.machine.Remember(wanted); err != nil {
			f.frame.Logger.LogAttrs(ctx, slog.LevelWarn, "after a restart without NATS, the collector would not know what signatures want",
				slog.Any("error", err))
		}
	})
}
