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
)

// dlqOptions are the settings of the commands below "weir dlq".
type dlqOptions struct {
	bus    bus.Config
	output outputForm
	stage  string
	reason string
	all    bool
}

// newDLQ returns "weir dlq" with its subcommands.
func newDLQ() *cobra.Command {
	o := &dlqOptions{output: outputHuman}
	cmd := &cobra.Command{
		Use: "dlq", Short: "Look at messages that a stage gave up, and have them handled once more",
		Long: `A message that a stage cannot handle goes to the stream WEIR_DLQ with the reason.
When the cause is mended, redrive has it handled once more and removes it from there.`,
	}
	list := &cobra.Command{
		Use: "list", Short: "List the dead letters, the oldest first", Args: cobra.NoArgs,
		Example: "  weir dlq list\n  weir dlq list --stage detector --output json",
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.list(cmd) },
	}
	show := &cobra.Command{
		Use: "show NUMBER", Short: "Show one dead letter with all that is known of it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.show(cmd, args[0]) },
	}
	redrive := &cobra.Command{
		Use: "redrive {NUMBER... | --all}", Short: "Publish dead letters where they were, and remove them",
		Example: "  weir dlq redrive 17 18\n  weir dlq redrive --all --stage enricher",
		RunE:    func(cmd *cobra.Command, args []string) error { return o.redrive(cmd, args) },
	}
	redrive.Flags().BoolVar(&o.all, "all", false, "all that --stage and --reason select")
	for _, c := range []*cobra.Command{list, show, redrive} {
		run.RegisterBus(c.Flags(), &o.bus)
		c.Flags().VarP(&o.output, "output", "o", "how they are shown")
		cmd.AddCommand(c)
	}
	for _, c := range []*cobra.Command{list, redrive} {
		c.Flags().StringVar(&o.stage, "stage", "", "only those of this stage: enricher, detector or notifier")
		c.Flags().StringVar(&o.reason, "reason", "", "only those whose reason has this text in it")
	}
	return cmd
}

// listedLetter is a dead letter in the list.
type listedLetter struct {
	Number     uint64    `json:"number"`
	Time       time.Time `json:"time"`
	Stage      string    `json:"stage"`
	Partition  int       `json:"partition"`
	Reason     string    `json:"reason"`
	Deliveries uint64    `json:"deliveries"`
	Subject    string    `json:"subject"`
	Stream     string    `json:"stream"`
	StreamSeq  uint64    `json:"stream_seq"`
	ID         string    `json:"id"`
	Bytes      int       `json:"bytes"`
	// Header are the message's own headers.
	Header map[string]string `json:"header,omitempty"`
}

func asListed(l stage.Letter) listedLetter {
	header := map[string]string{}
	for name, value := range l.Message.Header {
		if !strings.HasPrefix(name, "Weir-Dlq-") {
			header[name] = value
		}
	}
	return listedLetter{
		Number: l.Seq, Time: l.Time, Stage: l.Stage, Partition: l.Partition, Reason: l.Reason, Deliveries: l.Deliveries,
		Subject: l.Subject, Stream: l.Stream, StreamSeq: l.StreamSeq, ID: l.ID, Bytes: max(len(l.Message.Data), l.Omitted), Header: header,
	}
}

// with connects and hands over the letters that are selected.
func (o *dlqOptions) with(cmd *cobra.Command, fn func(conn *bus.Conn, letters []stage.Letter) error) error {
	conn, done, err := connect(cmd.Context(), o.bus, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer done()
	letters, err := o.letters(cmd.Context(), conn, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	return fn(conn, letters)
}

func (o *dlqOptions) letters(ctx context.Context, conn *bus.Conn, messages io.Writer) ([]stage.Letter, error) {
	usage, err := conn.Usage(ctx, bus.StreamDLQ)
	if err != nil || usage.Messages == 0 {
		return nil, err
	}
	var letters []stage.Letter
	err = conn.Tail(ctx, bus.TailConfig{Stream: bus.StreamDLQ}, func(_ context.Context, m bus.Received) error {
		l, err := stage.ReadLetter(m)
		switch {
		case err != nil:
			fmt.Fprintln(messages, event.Printable(err.Error()))
		case (o.stage == "" || l.Stage == o.stage) && strings.Contains(l.Reason, o.reason):
			letters = append(letters, l)
		}
		if m.StreamSeq >= usage.LastSeq {
			return errFound
		}
		return nil
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return letters, err
}

func (o *dlqOptions) list(cmd *cobra.Command) error {
	return o.with(cmd, func(_ *bus.Conn, letters []stage.Letter) error {
		if o.output == outputJSON {
			all := []listedLetter{}
			for _, l := range letters {
				all = append(all, asListed(l))
			}
			return printJSON(cmd.OutOrStdout(), all)
		}
		if len(letters) == 0 {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "there are no dead letters")
			return err
		}
		table := fittedTable{shrink: []int{4, 5}}
		table.add("NUMBER", "TIME", "STAGE", "SIZE", "REASON", "MESSAGE")
		for _, l := range letters {
			table.add(strconv.FormatUint(l.Seq, 10), l.Time.Local().Format(time.DateTime), fmt.Sprintf("%s/%d", l.Stage, l.Partition),
				humanize.IBytes(uint64(max(len(l.Message.Data), l.Omitted))), l.Reason, l.ID)
		}
		return table.write(cmd.OutOrStdout(), terminalWidth(cmd.OutOrStdout()))
	})
}

func (o *dlqOptions) show(cmd *cobra.Command, number string) error {
	return o.with(cmd, func(_ *bus.Conn, letters []stage.Letter) error {
		chosen, err := choose(letters, []string{number})
		if err != nil {
			return err
		}
		l := asListed(chosen[0])
		if o.output == outputJSON {
			return printJSON(cmd.OutOrStdout(), l)
		}
		out := cmd.OutOrStdout()
		for _, line := range [][2]string{
			{"Number", strconv.FormatUint(l.Number, 10)},
			{"Given up", l.Time.Local().Format(time.DateTime)},
			{"By", fmt.Sprintf("%s, partition %d, after %d deliveries", l.Stage, l.Partition, l.Deliveries)},
			{"Reason", l.Reason},
			{"Message", l.ID},
			{"Subject", l.Subject},
			{"Place", fmt.Sprintf("%s, message %d", l.Stream, l.StreamSeq)},
			{"Size", humanize.IBytes(uint64(l.Bytes))},
		} {
			fmt.Fprintf(out, "%-10s %s\n", line[0], event.Printable(line[1]))
		}
		for _, name := range slices.Sorted(maps.Keys(l.Header)) {
			fmt.Fprintf(out, "%-10s %s: %s\n", "Header", event.Printable(name), event.Printable(l.Header[name]))
		}
		_, err = fmt.Fprintf(out, "\nOnce the cause is mended: weir dlq redrive %d\n", l.Number)
		return err
	})
}

// choose returns the letters with those numbers.
func choose(letters []stage.Letter, numbers []string) ([]stage.Letter, error) {
	var chosen []stage.Letter
	for _, text := range numbers {
		number, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no number of a dead letter: weir dlq list shows them", text)
		}
		found := false
		for _, l := range letters {
			if l.Seq == number {
				chosen, found = append(chosen, l), true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no dead letter %d: weir dlq list shows them", number)
		}
	}
	return chosen, nil
}

func (o *dlqOptions) redrive(cmd *cobra.Command, numbers []string) error {
	if o.all == (len(numbers) > 0) {
		return errors.New("name the numbers of dead letters, or --all")
	}
	return o.with(cmd, func(conn *bus.Conn, letters []stage.Letter) error {
		chosen := letters
		if !o.all {
			var err error
			if chosen, err = choose(letters, numbers); err != nil {
				return err
			}
		}
		type outcome struct {
			Number   uint64 `json:"number"`
			Redriven bool   `json:"redriven"`
			Problem  string `json:"problem,omitempty"`
		}
		outcomes := []outcome{}
		failed := 0
		for _, l := range chosen {
			one := outcome{Number: l.Seq, Redriven: true}
			if err := stage.Redrive(cmd.Context(), conn, l); err != nil {
				one.Redriven, one.Problem = false, err.Error()
				failed++
				fmt.Fprintln(cmd.ErrOrStderr(), event.Printable(err.Error()))
			}
			outcomes = append(outcomes, one)
		}
		if o.output == outputJSON {
			if err := printJSON(cmd.OutOrStdout(), outcomes); err != nil {
				return err
			}
		} else {
			fmt.Fprintf(cmd.OutOrStdout(), "%d of %d dead letters are being handled once more\n", len(chosen)-failed, len(chosen))
		}
		if failed > 0 {
			return fmt.Errorf("%d dead letters could not be redriven", failed)
		}
		return nil
	})
}
