package main

import (
	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/run"
)

// newRoot returns the command with all its subcommands.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "weir",
		Short: "Linux runtime threat detection as a stream",
		Long: `Weir watches a Linux machine with eBPF, sends what happens through NATS
JetStream, evaluates Rego and Go signatures, and delivers findings as CloudEvents.

Start with:
  weir demo           a recorded attack, no root needed
  sudo weir run       watch this machine`,
		Version: run.Version(),
	}
	root.SetVersionTemplate(run.VersionLine("weir") + "\n")
	root.AddCommand(newRun(), newDemo(), newRecord(), newReplay(), newAnalyze(), newFindings(), newDLQ(), newLedger(), newSignature(), newDoctor(), newVersion())
	return root
}
