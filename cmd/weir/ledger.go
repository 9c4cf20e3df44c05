package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/ledger"
)

// errUnbalanced makes the command fail where events are unaccounted for.
var errUnbalanced = errors.New("events are unaccounted for")

// ledgerOptions are the flags of "weir ledger".
type ledgerOptions struct {
	bus    bus.Config
	output outputForm
	node   string
	since  time.Duration
	wait   time.Duration
}

func newLedger() *cobra.Command {
	o := &ledgerOptions{output: outputHuman}
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "Add up what became of all events, and say whether it balances",
		Long: `Each stage keeps accounts of the events of every node: what it read, published,
gave up and why, and what a stream had lost before it was read. They are told every
few seconds and survive the stages. Added up they balance, or something is wrong:
then the exit code is 1.`,
		Example: "  weir ledger\n  weir ledger --node web-1 --since 3h\n  weir ledger --wait 30s --output json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	run.RegisterBus(cmd.Flags(), &o.bus)
	cmd.Flags().VarP(&o.output, "output", "o", "how it is shown")
	cmd.Flags().StringVar(&o.node, "node", "", "only this node")
	cmd.Flags().DurationVar(&o.since, "since", 0, "only what happened since, in whole hours of the clock (default: all)")
	cmd.Flags().DurationVar(&o.wait, "wait", 0, "wait so long for events that are on their way, and for losses to be noticed")
	return cmd
}

// balances is what the command prints as JSON.
type balances struct {
	// Since is when it begins; zero for all.
	Since time.Time         `json:"since,omitzero"`
	State ledger.State      `json:"state"`
	Nodes []*ledger.Balance `json:"nodes"`
}

func (o *ledgerOptions) run(cmd *cobra.Command) error {
	conn, done, err := connect(cmd.Context(), o.bus, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer done()
	var b balances
	for end := time.Now().Add(o.wait); ; {
		if b, err = o.balances(cmd.Context(), conn); err != nil {
			return err
		}
		if b.State == ledger.Balanced || time.Now().After(end) {
			break
		}
		select {
		case <-time.After(250 * time.Millisecond):
		case <-cmd.Context().Done():
			return cmd.Context().Err()
		}
	}
	if o.output == outputJSON {
		err = printJSON(cmd.OutOrStdout(), b)
	} else {
		err = b.print(cmd.OutOrStdout())
	}
	if err == nil && b.State == ledger.Unbalanced {
		return errUnbalanced
	}
	return err
}

// balances reads and adds up.
func (o *ledgerOptions) balances(ctx context.Context, conn *bus.Conn) (balances, error) {
	stored, err := conn.Reports(ctx)
	if err != nil {
		return balances{}, err
	}
	var from time.Time
	if o.since > 0 {
		from = time.Now().Add(-o.since)
	}
	reports, since, err := pickReports(stored, from)
	if err != nil {
		return balances{}, err
	}
	for _, r := range reports {
		r.Accounts = slices.DeleteFunc(r.Accounts, func(a *ledger.Account) bool { return o.node != "" && a.Node != o.node })
		r.Runs = slices.DeleteFunc(r.Runs, func(run ledger.Run) bool { return o.node != "" && run.Node != o.node })
	}
	work, err := stage.Moving(ctx, conn, reports)
	if err != nil {
		return balances{}, err
	}
	b := balances{Since: since, State: ledger.Balanced, Nodes: ledger.Add(reports, work)}
	if o.node != "" && len(b.Nodes) == 0 {
		return balances{}, fmt.Errorf("there are no accounts of the node %q: weir ledger shows all", o.node)
	}
	for _, n := range b.Nodes {
		if n.State == ledger.Unbalanced || b.State == ledger.Balanced {
			b.State = n.State
		}
	}
	// What adds up was told some seconds ago at most.
	if b.State == ledger.Balanced && len(work.Waiting) > 0 {
		b.State = ledger.InFlight
	}
	return b, nil
}

// pickReports returns the last accounts of each partition, less what they were
// at the first full hour from a time on.
func pickReports(stored map[string][]byte, from time.Time) (reports []*ledger.Report, since time.Time, err error) {
	earlier := map[string]*ledger.Report{}
	for key, value := range stored {
		last, hour, hourly := strings.Cut(key, ".h")
		seconds, _ := strconv.ParseInt(hour, 10, 64)
		at := time.Unix(seconds, 0)
		if hourly && (from.IsZero() || at.Before(from.Truncate(time.Hour))) {
			continue
		}
		r, parseErr := ledger.ParseReport(value)
		if parseErr != nil {
			return nil, since, fmt.Errorf("accounts %s: %w", key, parseErr)
		}
		if r.Stage == ledger.StageCollector && r.Time < from.UnixNano() && !from.IsZero() {
			continue // it has ended before
		}
		if !hourly {
			reports = append(reports, r)
			continue
		}
		if known := earlier[last]; known == nil || r.Time < known.Time {
			earlier[last] = r
		}
		if since.IsZero() || at.Before(since) {
			since = at
		}
	}
	for _, r := range reports {
		before := earlier[fmt.Sprintf("%s.p%03d", r.Stage, r.Partition)]
		if before == nil {
			continue
		}
		for i, a := range r.Accounts {
			for _, b := range before.Accounts {
				if b.Node == a.Node {
					r.Accounts[i] = a.Since(b)
				}
			}
		}
	}
	return reports, since, nil
}

// print writes the balances for people.
func (b *balances) print(out io.Writer) error {
	if len(b.Nodes) == 0 {
		_, err := fmt.Fprintln(out, "no stage has told any accounts yet")
		return err
	}
	if !b.Since.IsZero() {
		fmt.Fprintf(out, "since %s\n\n", b.Since.Local().Format(time.DateTime))
	}
	table := fittedTable{shrink: []int{0}}
	table.add("NODE", "STAGE", "READ", "PUBLISHED", "FINDINGS", "HELD", "DROPPED", "MISSING BEFORE")
	for _, n := range b.Nodes {
		for _, name := range []string{"enricher", "detector", "notifier"} {
			a := n.Stages[name]
			if a == nil {
				continue
			}
			found := ""
			switch name {
			case "detector":
				found = humanize.Comma(int64(a.Detections))
			case "notifier":
				found = humanize.Comma(int64(a.Published))
			}
			table.add(n.Node, name, humanize.Comma(int64(a.Read)), humanize.Comma(int64(a.Published)), found,
				humanize.Comma(int64(a.Held)), humanize.Comma(int64(a.DroppedTotal())), humanize.Comma(int64(a.Missing)))
		}
	}
	if err := table.write(out, terminalWidth(out)); err != nil {
		return err
	}
	for _, n := range b.Nodes {
		b.printNode(out, n)
	}
	_, err := fmt.Fprintf(out, "\n%s\n", map[ledger.State]string{
		ledger.Balanced:   "Balanced: every event is accounted for.",
		ledger.InFlight:   "Events are on their way; what has arrived adds up, or will: --wait 30s waits for them.",
		ledger.Unbalanced: "NOT balanced: events are unaccounted for.",
	}[b.State])
	return err
}

func (*balances) printNode(out io.Writer, n *ledger.Balance) {
	name := event.Printable(n.Node)
	if e := n.Stages["enricher"]; e != nil && len(e.Kernel) > 0 {
		var parts []string
		for _, state := range slices.Sorted(maps.Keys(e.Kernel)) {
			parts = append(parts, fmt.Sprintf("%s %s", humanize.Comma(int64(e.Kernel[state])), event.Printable(state)))
		}
		fmt.Fprintf(out, "\n%s: in the kernel %s\n", name, strings.Join(parts, ", "))
	}
	for _, stage := range slices.Sorted(maps.Keys(n.Stages)) {
		if earlier := n.Stages[stage].Earlier; earlier > 0 {
			fmt.Fprintf(out, "%s: %s were published before the %s began to read\n", name, humanize.Comma(int64(earlier)), stage)
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(n.Lost)) {
		fmt.Fprintf(out, "%s: lost %s, %s\n", name, humanize.Comma(int64(n.Lost[reason])), event.Printable(reason))
	}
	for _, problem := range n.Problems {
		fmt.Fprintf(out, "%s: %s\n", name, event.Printable(problem))
	}
}
