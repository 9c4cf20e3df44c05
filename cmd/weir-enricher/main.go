// Command weir-enricher attaches containers and process lineage to the events
// of all nodes: WEIR_RAW in, WEIR_EVENTS out. It answers questions about what it
// knows of them, as the micro service weir-datasource.
package main

import (
	"context"
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
	return service.Command("Attach containers and process lineage to events", nil, wire)
}

func wire(_ context.Context, frame *run.Frame, conn *bus.Conn, partitions int) ([]run.Component, run.Free, error) {
	settings := frame.Settings("enricher")
	cfg := enricher.Default()
	cfg.Partitions = partitions
	e, err := enricher.New(cfg, settings)
	if err != nil {
		return nil, nil, err
	}
	loop := e.Stage(partitions)
	loop.Owned = e.Serve(conn, partitions)
	runner, err := stage.New(conn, loop, settings)
	if err != nil {
		return nil, nil, err
	}
	return []run.Component{{Name: "enricher", Run: runner.Run}}, nil, nil
}
