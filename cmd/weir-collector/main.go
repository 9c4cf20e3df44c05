// Command weir-collector watches the machine that it runs on, the only part of
// Weir that needs privileges: kernel events in, WEIR_RAW out.
package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/run"
)

func main() { os.Exit(run.Main(context.Background(), newCommand())) }

func newCommand() *cobra.Command {
	service := &run.Service{Name: "weir-collector"}
	var o options
	cmd := service.Command("Watch this machine with eBPF (needs CAP_BPF and CAP_PERFMON, or root)", o.register, nil)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return service.Run(cmd.Context(), cmd, wire(&o, service.Files, cmd.ErrOrStderr()))
	}
	return cmd
}
