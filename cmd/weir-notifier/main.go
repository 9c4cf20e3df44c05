// Command weir-notifier turns detections into findings, with their traces:
// WEIR_DETECTIONS in, CloudEvents on weir.findings.> out.
package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
)

func main() { os.Exit(run.Main(context.Background(), newCommand())) }

func newCommand() *cobra.Command {
	service := &run.Service{Name: "weir-notifier", Needs: bus.StreamDetections}
	return service.Command("Deliver findings as CloudEvents, with their traces", nil, wire)
}
