// Command weir-collector watches the machine that it runs on, the only part of
// Weir that needs privileges: kernel events in, WEIR_RAW out.
package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/weirsec/weir/internal/run"
)

func main() { os.Exit(run.Main(context.Background(), newCommand())) }

func newCommand() *cobra.Command {
	service := &run.Service{Name: "weir-collector"}
	var node string
	register := func(flags *pflag.FlagSet) {
		flags.StringVar(&node, "node", "", "this machine's name in events and findings (default: the host's name)")
	}
	cmd := service.Command("Watch this machine with eBPF (needs CAP_BPF and CAP_PERFMON, or root)", register, nil)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return service.Run(cmd.Context(), cmd, wire(&node, service.Files, cmd.ErrOrStderr()))
	}
	return cmd
}
