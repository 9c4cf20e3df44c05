package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/rights"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/internal/stage"
)

// natsProvisionOptions are the settings of "weir nats provision".
type natsProvisionOptions struct {
	bus    bus.Config
	layout layoutFlags
	output outputForm
	dry    bool
	evict  bool
}

// newNATSProvision returns "weir nats provision".
func newNATSProvision() *cobra.Command {
	o := &natsProvisionOptions{output: outputHuman}
	o.bus.InboxPrefix = bus.Inbox(rights.Admin, "")
	cmd := &cobra.Command{
		Use:   "provision",
		Short: "Make the streams, consumers and buckets on a NATS server or cluster",
		Long: `Make the streams, buckets and consumers that Weir's services use, or bring those
that exist to what the flags say; doing it again changes nothing. What else was
configured of them stays.

A change by which messages would be lost is refused, and then nothing is changed:
another number of partitions always, less space or time than what is stored needs
unless --evict allows it. Exit code 1 says that it was refused or failed.`,
		Example: `  weir nats provision --nats-url nats://nats-1:4222 --nats-nkey keys/admin.nk
  weir nats provision --replicas 3 --max-store 200GB --dry-run`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), cmd) },
	}
	flags := cmd.Flags()
	run.RegisterBus(flags, &o.bus)
	o.layout.register(flags)
	o.layout.registerAges(flags)
	flags.BoolVar(&o.dry, "dry-run", false, "change nothing, and tell what would be changed")
	flags.BoolVar(&o.evict, "evict", false, "allow limits by which the oldest messages go at once")
	flags.VarP(&o.output, "output", "o", "how the result is shown")
	return cmd
}

// provisioned is what "provision" tells.
type provisioned struct {
	DryRun  bool         `json:"dry_run"`
	Changes []bus.Change `json:"changes"`
}

func (o *natsProvisionOptions) run(ctx context.Context, cmd *cobra.Command) error {
	layout, err := o.layout.value()
	if err != nil {
		return err
	}
	log, err := run.NewLogger(cmd.ErrOrStderr(), "warn", "text", run.Colour(cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	conn, err := bus.Connect(ctx, o.bus, bus.WithLogger(log))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	result := provisioned{DryRun: o.dry, Changes: []bus.Change{}}
	changes, err := conn.Reconcile(ctx, layout, bus.ProvisionOptions{DryRun: o.dry, Evict: o.evict})
	result.Changes = append(result.Changes, changes...)
	for _, reader := range bus.Readers() {
		if err != nil {
			break
		}
		changes, err = stage.Provision(ctx, conn, reader, layout.PartitionCount(), o.dry)
		result.Changes = append(result.Changes, changes...)
	}
	// What was done counts with an error too.
	return errors.Join(err, o.write(cmd.OutOrStdout(), result))
}

func (o *natsProvisionOptions) write(w io.Writer, result provisioned) error {
	if o.output == outputJSON {
		return printJSON(w, result)
	}
	table := fittedTable{}
	table.add("KIND", "NAME", "DONE", "SETTINGS")
	words := map[string]string{bus.ActionCreate: "created", bus.ActionUpdate: "changed", bus.ActionNone: "as it was"}
	if result.DryRun {
		words = map[string]string{bus.ActionCreate: "to create", bus.ActionUpdate: "to change", bus.ActionNone: "as it is"}
	}
	for _, row := range grouped(result.Changes) {
		table.add(row.Kind, row.Name, words[row.Action], settingsText(row.Settings))
	}
	return table.write(w, terminalWidth(w))
}

// grouped puts the consumers of a stage, of which there is one a partition, on a
// line where the same was done to them.
func grouped(changes []bus.Change) []bus.Change {
	var rows []bus.Change
	for rest := changes; len(rest) > 0; {
		first, n := rest[0], 1
		for first.Kind == "consumer" && n < len(rest) && sameBut(first, rest[n]) {
			n++
		}
		if n > 1 {
			_, last, _ := strings.Cut(rest[n-1].Name, "/")
			first.Name += "…" + last
		}
		rows, rest = append(rows, first), rest[n:]
	}
	return rows
}

func sameBut(a, b bus.Change) bool {
	stem := func(name string) string { return name[:strings.LastIndex(name, "-")+1] }
	return a.Kind == b.Kind && a.Action == b.Action && stem(a.Name) == stem(b.Name) && slices.Equal(a.Settings, b.Settings)
}

func settingsText(settings []bus.Setting) string {
	var all []string
	for _, s := range settings {
		all = append(all, fmt.Sprintf("%s %s → %s", s.Name, s.From, s.To))
	}
	return strings.Join(all, ", ")
}
