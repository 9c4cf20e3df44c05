package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/pflag"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/reload"
)

// awaitPeriod is how often the detectors are looked at.
const awaitPeriod = 200 * time.Millisecond

// awaitOptions are the flags of commands that can wait for the detectors.
type awaitOptions struct {
	wanted  bool
	timeout time.Duration
}

func (o *awaitOptions) register(flags *pflag.FlagSet) {
	flags.BoolVar(&o.wanted, "wait", false, "wait until every detector runs it, and show which do; exit with 1 if one does not")
	flags.DurationVar(&o.timeout, "timeout", 30*time.Second, "longest time to wait")
}

// The states of a revision at a detector.
const (
	takenRunning = "running"
	takenRefused = "refused"
	takenWaiting = "waiting"
)

// taken is what a detector made of a revision.
type taken struct {
	Detector string `json:"detector"`
	State    string `json:"state"`
	// Revision is the one in force, 0 for none.
	Revision uint64 `json:"revision"`
	Set      string `json:"set"`
	Reason   string `json:"reason,omitempty"`
}

// wait returns what every detector made of a revision, once all have looked at
// it. It is an error where one did not take it, or where there is none.
func (o *awaitOptions) wait(ctx context.Context, conn *bus.Conn, name string, revision uint64) ([]taken, error) {
	if !o.wanted {
		return nil, nil
	}
	limited, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	for {
		detectors, err := runningDetectors(ctx, conn)
		if err != nil {
			return nil, err
		}
		states, waiting := []taken{}, len(detectors) == 0
		for _, d := range detectors {
			t := takenBy(d, name, revision)
			states, waiting = append(states, t), waiting || t.State == takenWaiting
		}
		if !waiting {
			return states, refusals(states)
		}
		select {
		case <-time.After(awaitPeriod):
		case <-limited.Done():
			if len(detectors) == 0 {
				return states, fmt.Errorf("no detector runs that could take it (waited %s)", o.timeout)
			}
			return states, errors.Join(fmt.Errorf("not all detectors have looked at it (waited %s)", o.timeout), refusals(states))
		}
	}
}

// runningDetectors returns what the detectors say of themselves.
func runningDetectors(ctx context.Context, conn *bus.Conn) ([]reload.Status, error) {
	members, err := conn.Members(ctx, reload.MemberKind)
	if err != nil {
		return nil, err
	}
	list := []reload.Status{}
	for _, m := range members {
		var s reload.Status
		if err := json.Unmarshal(m.Value, &s); err != nil {
			return nil, fmt.Errorf("detector %s says what is not understood (is it of another version?): %w", m.Instance, err)
		}
		list = append(list, s)
	}
	return list, nil
}

// takenBy finds a revision in what a detector says.
func takenBy(d reload.Status, name string, revision uint64) taken {
	t := taken{Detector: d.Instance, State: takenWaiting, Set: d.Set}
	for _, b := range d.Bundles {
		if b.Name != name {
			continue
		}
		t.Revision = b.Revision
		switch {
		case b.Refused >= revision:
			t.State, t.Reason = takenRefused, b.Reason
		case b.Revision >= revision:
			t.State = takenRunning
		}
	}
	return t
}

// refusals is an error where a detector did not take it.
func refusals(states []taken) error {
	n := 0
	for _, t := range states {
		if t.State == takenRefused {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%s it", count(n, "detector refuses", "detectors refuse"))
}

// printTaken shows the states to people. Texts come from elsewhere.
func printTaken(w io.Writer, states []taken) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "DETECTOR\tSTATE\tREVISION\tSET\tREASON")
	for _, t := range states {
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\n", event.Printable(t.Detector), t.State, t.Revision,
			event.Printable(t.Set), event.Printable(t.Reason))
	}
	// The writer decides what becomes of errors.
	_ = table.Flush()
}
