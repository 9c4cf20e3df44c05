package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/explain"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/detector/recording"
	"github.com/weirsec/weir/services/detector/rego"
)

// explainOptions are the settings of "weir signature explain".
type explainOptions struct {
	selection load.Request
	output    outputForm
	event     string
	at        int
}

// newSignatureExplain returns "weir signature explain".
func newSignatureExplain() *cobra.Command {
	o := &explainOptions{output: outputHuman}
	cmd := &cobra.Command{
		Use:   "explain ID --event FILE|-",
		Short: "Tell why a signature matches an event, or why it does not",
		Long: `Tell why a signature matches an event, or why it does not: which selector takes
the event, and for Rego which expression of each rule held and with what values.

The event is in Tracee's flat JSON form. Where the file holds several, --at says
which one is meant; the signature sees those before it first.`,
		Example: `  weir signature explain shadow_read --event event.json
  weir signature explain passwd_opened --signatures ./my-signatures --event events.jsonl --at 3`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.selection.Pack, "pack", "", "shipped signatures: as for list (default sandbox, or none with --signatures)")
	flags.StringArrayVar(&o.selection.Dirs, "signatures", nil, "directory with your own signatures; may be given again")
	flags.VarP(&o.output, "output", "o", "how the explanation is shown")
	flags.StringVarP(&o.event, "event", "e", "", "file with the event, or - for standard input")
	flags.IntVar(&o.at, "at", 0, "which event of the file, from 1")
	return cmd
}

func (o *explainOptions) run(cmd *cobra.Command, id string) error {
	if o.event == "" {
		return usage(errors.New("which event? give a file that holds it with --event, or - for standard input"))
	}
	events, err := o.events(cmd.InOrStdin())
	if err != nil {
		return err
	}
	if o.selection.Pack == "" && len(o.selection.Dirs) == 0 {
		o.selection.Pack = "sandbox"
	}
	o.selection.Only = []string{id}
	trees, err := o.selection.Trees()
	if err != nil {
		return err
	}
	set, problems, err := load.Load(cmd.Context(), o.selection)
	if err != nil {
		tell(cmd.ErrOrStderr(), problems)
		return err
	}
	opened, err := workspaces(cmd.Context(), o.selection, trees)
	if err != nil {
		return err
	}
	for _, member := range set.Signatures() {
		s := explain.Subject{Set: set, Member: member, Unit: unitOf(opened, member)}
		x, err := s.Explain(cmd.Context(), events)
		if err != nil {
			return err
		}
		if o.output == outputJSON {
			err = printJSON(cmd.OutOrStdout(), x)
		} else {
			err = x.Write(cmd.OutOrStdout())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unitOf returns the file of a signature, nil where it has none.
func unitOf(opened []*rego.Workspace, member *engine.Signature) *rego.Unit {
	for _, w := range opened {
		for _, u := range w.Signatures {
			if u.Name == member.Source {
				return u
			}
		}
	}
	return nil
}

// events reads the events up to the one that is meant.
func (o *explainOptions) events(stdin io.Reader) ([]*event.Event, error) {
	if o.at < 0 {
		return nil, usage(fmt.Errorf("--at %d: events count from 1", o.at))
	}
	input := io.NopCloser(stdin)
	if o.event != "-" {
		file, err := os.Open(o.event)
		if err != nil {
			return nil, fmt.Errorf("read the event: %w", err)
		}
		input = file
	}
	defer input.Close()
	var events []*event.Event
	d := json.NewDecoder(input)
	for n := 1; o.at == 0 || n <= o.at; n++ {
		var text json.RawMessage
		err := d.Decode(&text)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", n, err)
		}
		if n == 2 && o.at == 0 {
			return nil, fmt.Errorf("%s holds more than one event: say which one with --at, from 1", o.event)
		}
		e, err := event.ParseJSON(text)
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", n, err)
		}
		recording.Identify(e, text, n)
		events = append(events, e)
	}
	switch {
	case len(events) == 0:
		return nil, fmt.Errorf("%s holds no event", o.event)
	case len(events) < o.at:
		return nil, usage(fmt.Errorf("--at %d: %s holds %s", o.at, o.event, count(len(events), "event", "events")))
	}
	return events, nil
}
