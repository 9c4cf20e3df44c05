// Command weir-enricher attaches containers and process lineage to the events
// of all nodes: WEIR_RAW in, WEIR_EVENTS out. It answers questions about what it
// knows of them, as the micro service weir-datasource.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/services/enricher"
)

func main() { os.Exit(run.Main(context.Background(), newCommand())) }

func newCommand() *cobra.Command {
	service := &run.Service{Name: "weir-enricher", Needs: bus.StreamRaw, Slack: 128 << 20}
	var flags enricher.Flags
	return service.Command("Attach containers and process lineage to events", flags.Register, wire(&flags))
}

func wire(flags *enricher.Flags) run.Wire {
	return func(ctx context.Context, frame *run.Frame, conn *bus.Conn, partitions int) ([]run.Component, run.Free, error) {
		settings := frame.Settings("enricher")
		memory, err := run.Memory()
		if err != nil && flags.Nodes == 0 {
			settings.Logger.WarnContext(ctx, "few nodes are remembered, since it is not known how much memory there is; --nodes-per-partition says how many",
				slog.Any("error", err))
		}
		cfg := flags.Config(memory, partitions)
		e, err := enricher.New(cfg, settings)
		if err != nil {
			return nil, nil, err
		}
		settings.Logger.InfoContext(ctx, "nodes are remembered", slog.Int("per_partition", cfg.Nodes), slog.Int("partitions", partitions))
		loop := e.Stage(partitions)
		loop.Owned = e.Serve(conn, partitions)
		runner, err := stage.New(conn, loop, settings)
		if err != nil {
			return nil, nil, err
		}
		return []run.Component{{Name: "enricher", Run: runner.Run}}, nil, nil
	}
}
