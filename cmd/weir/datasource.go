package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
)

// exitNotFound is the exit code of a look-up that finds nothing.
const exitNotFound = 3

// datasourceOptions are the settings of the commands below "weir datasource".
type datasourceOptions struct {
	bus    bus.Config
	output outputForm
	get    getOptions
	put    putOptions
	// patience is how long "weir datasource list" waits for one answer more.
	patience time.Duration
}

// newDataSource returns "weir datasource" with its subcommands.
func newDataSource() *cobra.Command {
	o := &datasourceOptions{output: outputHuman}
	cmd := &cobra.Command{
		Use:   "datasource",
		Short: "Ask data sources, and keep lists that signatures look up",
		Long: `Ask the data sources that signatures ask: containers, processes and DNS names
of a node, as the enricher knows them; and keep lists in buckets of the broker,
which detectors with --datasource kv://BUCKET give to their signatures.`,
	}
	for _, c := range []*cobra.Command{o.newList(), o.newGet(), o.newPut(), o.newDelete(), o.newListKeys()} {
		run.RegisterBus(c.Flags(), &o.bus)
		c.Flags().VarP(&o.output, "output", "o", "how the result is shown")
		cmd.AddCommand(c)
	}
	return cmd
}

// with runs a command with a connection.
func (o *datasourceOptions) with(do func(*cobra.Command, *bus.Conn, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		log, err := run.NewLogger(cmd.ErrOrStderr(), "warn", "text", run.Colour(cmd.ErrOrStderr()))
		if err != nil {
			return err
		}
		conn, done, err := connect(cmd.Context(), o.bus, log)
		if err != nil {
			return err
		}
		defer done()
		return do(cmd, conn, args)
	}
}
