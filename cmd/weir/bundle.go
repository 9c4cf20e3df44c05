package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/services/detector/bundle"
)

// bundleOptions are the settings of the commands below "weir signature bundle".
type bundleOptions struct {
	bus    bus.Config
	output outputForm
	await  awaitOptions
	keys   []string
	to     uint64
}

// newBundle returns "weir signature bundle" with its subcommands.
func newBundle() *cobra.Command {
	o := &bundleOptions{output: outputHuman}
	cmd := &cobra.Command{Use: "bundle", Short: "Look at the bundles of signatures that detectors are given"}
	list := &cobra.Command{
		Use:   "list",
		Short: "List the bundles, and the versions of them that are kept",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return o.with(cmd, o.list) },
	}
	list.Flags().StringArrayVar(&o.keys, "bundle-key", nil, "verify the signatures with this key, as detectors do; may be given again")
	remove := &cobra.Command{
		Use:   "remove NAME",
		Short: "Take a bundle from all detectors; its versions are kept",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.with(cmd, func(cmd *cobra.Command, conn *bus.Conn) error { return o.remove(cmd, conn, args[0]) })
		},
	}
	rollback := &cobra.Command{
		Use:   "rollback NAME",
		Short: "Give all detectors an earlier version of a bundle",
		Long: `Give all detectors an earlier version of a bundle: the one before the present
version, or with --to any that "weir signature bundle list" shows. It becomes a
new revision, so that rolling back can be undone.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.with(cmd, func(cmd *cobra.Command, conn *bus.Conn) error { return o.rollback(cmd, conn, args[0]) })
		},
	}
	rollback.Flags().Uint64Var(&o.to, "to", 0, "the revision to go back to (default: the one before the present)")
	o.await.register(rollback.Flags())
	for _, c := range []*cobra.Command{list, remove, rollback} {
		run.RegisterBus(c.Flags(), &o.bus)
		c.Flags().VarP(&o.output, "output", "o", "how the result is shown")
		cmd.AddCommand(c)
	}
	return cmd
}

// with runs a command with a connection.
func (o *bundleOptions) with(cmd *cobra.Command, do func(*cobra.Command, *bus.Conn) error) error {
	log, err := run.NewLogger(cmd.ErrOrStderr(), "warn", "text", run.Colour(cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	conn, done, err := connect(cmd.Context(), o.bus, log)
	if err != nil {
		return err
	}
	defer done()
	return do(cmd, conn)
}

func (o *bundleOptions) remove(cmd *cobra.Command, conn *bus.Conn, name string) error {
	if err := bundle.ValidName(name); err != nil {
		return err
	}
	if err := conn.RemoveBundle(cmd.Context(), name); err != nil {
		return err
	}
	if o.output == outputJSON {
		return printJSON(cmd.OutOrStdout(), map[string]string{"removed": name})
	}
	fmt.Fprintf(cmd.OutOrStdout(), "removed %s; \"weir signature bundle rollback %s\" brings it back\n", name, name)
	return nil
}

func (o *bundleOptions) rollback(cmd *cobra.Command, conn *bus.Conn, name string) error {
	if err := bundle.ValidName(name); err != nil {
		return err
	}
	ctx := cmd.Context()
	history, err := conn.BundleHistory(ctx, name)
	if err != nil {
		return err
	}
	back, err := chooseVersion(history, name, o.to)
	if err != nil {
		return err
	}
	revision, err := conn.PutBundle(ctx, name, back.Data)
	if err != nil {
		return err
	}
	if o.output != outputJSON {
		fmt.Fprintf(cmd.OutOrStdout(), "%s is what it was as revision %d; this is revision %d\n", name, back.Revision, revision)
	}
	return o.finishRollback(ctx, cmd.OutOrStdout(), conn, rolledBack{Name: name, Revision: revision, From: back.Revision})
}

// rolledBack is what "rollback" tells.
type rolledBack struct {
	Name     string `json:"name"`
	Revision uint64 `json:"revision"`
	// From is the revision whose content it has.
	From      uint64  `json:"from"`
	Detectors []taken `json:"detectors,omitempty"`
}

func (o *bundleOptions) finishRollback(ctx context.Context, w io.Writer, conn *bus.Conn, r rolledBack) error {
	var waitErr error
	r.Detectors, waitErr = o.await.wait(ctx, conn, r.Name, r.Revision)
	switch {
	case o.output == outputJSON:
		waitErr = errors.Join(waitErr, printJSON(w, r))
	case o.await.wanted:
		printTaken(w, r.Detectors)
	}
	return waitErr
}

// chooseVersion returns the version to go back to: the newest one whose content
// is another than the present, or the one that was asked for.
func chooseVersion(history []bus.StoredBundle, name string, to uint64) (bus.StoredBundle, error) {
	if len(history) == 0 {
		return bus.StoredBundle{}, fmt.Errorf("rollback %s: %w", name, bus.ErrNoBundle)
	}
	present := history[len(history)-1]
	for _, v := range slices.Backward(history) {
		wanted := to == 0 && (present.Removed || string(v.Data) != string(present.Data)) || to != 0 && v.Revision == to
		if wanted && !v.Removed {
			return v, nil
		}
	}
	if to != 0 {
		return bus.StoredBundle{}, fmt.Errorf("rollback %s: there is no version with revision %d (any more): "+
			"see \"weir signature bundle list\"", name, to)
	}
	return bus.StoredBundle{}, fmt.Errorf("rollback %s: there is no other version (any more)", name)
}
