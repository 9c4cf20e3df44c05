// Command weir-detector evaluates signatures over the events of all nodes:
// WEIR_EVENTS in, WEIR_DETECTIONS out. Start as many as the load needs.
package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/services/detector/bucket"
	"github.com/weirsec/weir/services/detector/bundle"
	"github.com/weirsec/weir/services/detector/load"
)

func main() { os.Exit(run.Main(context.Background(), newCommand())) }

func newCommand() *cobra.Command {
	service := &run.Service{Name: "weir-detector", Needs: bus.StreamEvents, Slack: 128 << 20}
	var request load.Request
	var trusted bundle.Flags
	var buckets bucket.Flags
	register := func(flags *pflag.FlagSet) {
		request.Register(flags)
		trusted.Register(flags)
		buckets.Register(flags)
	}
	cmd := service.Command("Evaluate Rego and Go signatures", register, nil)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return service.Run(cmd.Context(), cmd, wire(&request, &trusted, &buckets, cmd.ErrOrStderr()))
	}
	return cmd
}
