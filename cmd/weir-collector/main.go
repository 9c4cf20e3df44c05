// Command weir-collector watches the machine that it runs on, the only part of
// Weir that needs privileges: kernel events in, WEIR_RAW out.
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
	var o options
	// What the detectors want is what a collector reads.
	service := &run.Service{Name: "weir-collector", Needs: bus.BucketStream(bus.BucketInterest), Inbox: func() (string, error) {
		// It may only publish as its own node, and may see its own replies only.
		node, err := o.machine.NodeName()
		return bus.Inbox("collector", node), err
	}}
	cmd := service.Command("Watch this machine with eBPF (needs CAP_BPF and CAP_PERFMON, or root)", o.register, nil)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return service.RunLate(cmd.Context(), cmd, wire(&o, service.Files, cmd.ErrOrStderr()))
	}
	return cmd
}
