package fault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/ledger"
)

// atTheEnd is how the ledger calls what only the collectors know of.
const atTheEnd = "bus/missing at the end before enricher"

// patience is how long the stages may take for what is left. A virtual machine
// does all of it by emulation.
func patience() time.Duration {
	if noThrowaway() == nil {
		return 3 * time.Minute
	}
	return time.Minute
}

// found is what there is of a finding: its data, and whether nothing is missing
// from what it was made of.
type found struct {
	data     string
	complete bool
}

// outcome is what a run has left behind.
type outcome struct {
	findings map[string]found
	// doubled are ids that are in the stream more than once.
	doubled []string
	// letters are the subjects of dead letters.
	letters []string
	nodes   []*ledger.Balance
}

// read reads all findings, dead letters and accounts.
func (o *outcome) read(ctx context.Context, conn *bus.Conn) error {
	o.findings = map[string]found{}
	err := each(ctx, conn, bus.StreamFindings, func(m bus.Received) error {
		f, id, err := parseFound(m.Data)
		if err != nil {
			return err
		}
		if _, there := o.findings[id]; there {
			o.doubled = append(o.doubled, id)
		}
		o.findings[id] = f
		return nil
	})
	return errors.Join(err, each(ctx, conn, bus.StreamDLQ, func(m bus.Received) error {
		o.letters = append(o.letters, fmt.Sprint(m.Subject, " ", m.ID, " ", m.Header))
		return nil
	}))
}

// each calls fn for every message of a stream.
func each(ctx context.Context, conn *bus.Conn, stream string, fn func(bus.Received) error) error {
	usage, err := conn.Usage(ctx, stream)
	if err != nil || usage.Messages == 0 {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, patience())
	defer cancel()
	enough := errors.New("enough")
	err = conn.Tail(limited, bus.TailConfig{Stream: stream}, func(_ context.Context, m bus.Received) error {
		if err := fn(m); err != nil {
			return err
		}
		if m.StreamSeq >= usage.LastSeq {
			return enough
		}
		return nil
	})
	if errors.Is(err, enough) {
		return nil
	}
	return fmt.Errorf("stream %s was not read to its end: %w", stream, errors.Join(err, limited.Err()))
}

// parseFound reads a CloudEvent. All of it must be the same in each run.
func parseFound(text []byte) (f found, id string, err error) {
	var event map[string]any
	if err := json.Unmarshal(text, &event); err != nil {
		return f, "", err
	}
	id, _ = event["id"].(string)
	data, _ := event["data"].(map[string]any)
	evidence, _ := data["evidence"].(map[string]any)
	f.complete, _ = evidence["complete"].(bool)
	// When the notifier made it is all that may differ.
	delete(event, "recordedtime")
	canonical, err := json.Marshal(event)
	f.data = string(canonical)
	return f, id, err
}

// differences says what is not as in the undisturbed run.
func (o *outcome) differences(want map[string]found) (problems []string) {
	list := func(what string, ids []string) {
		if len(ids) > 0 {
			slices.Sort(ids)
			problems = append(problems, fmt.Sprintf("%d findings %s: %s", len(ids), what, strings.Join(ids[:min(3, len(ids))], " ")))
		}
	}
	var missing, more, other []string
	for id, w := range want {
		got, there := o.findings[id]
		switch {
		case !there:
			missing = append(missing, id)
		case got != w:
			other = append(other, id)
			if len(other) < 3 {
				problems = append(problems, "wanted "+w.data+"\n   got "+got.data)
			}
		}
	}
	for id := range maps.Keys(o.findings) {
		if _, there := want[id]; !there {
			more = append(more, id)
			if len(more) < 3 {
				problems = append(problems, "unwanted "+o.findings[id].data)
			}
		}
	}
	list("are missing", missing)
	list("are of no undisturbed run", more)
	list("have other data", other)
	return append(problems, o.doublings()...)
}

// doublings says what must never be.
func (o *outcome) doublings() (problems []string) {
	if len(o.doubled) > 0 {
		problems = append(problems, fmt.Sprintf("%d findings are doubled: %v", len(o.doubled), o.doubled))
	}
	for _, l := range o.letters {
		problems = append(problems, "dead letter "+l)
	}
	return problems
}

// unbalanced says what does not add up to what the nodes have sent.
func (o *outcome) unbalanced(events map[string]uint64) (problems []string) {
	seen := map[string]bool{}
	for _, b := range o.nodes {
		seen[b.Node] = true
		if b.State != ledger.Balanced {
			problems = append(problems, fmt.Sprintf("ledger of %s: %s %v", b.Node, b.State, b.Problems))
		}
		for stage, a := range b.Stages {
			if a.Held > 0 {
				problems = append(problems, fmt.Sprintf("ledger of %s: %s still holds %d", b.Node, stage, a.Held))
			}
		}
		if a := b.Stages[bus.StageEnricher]; a != nil {
			if got := a.Read + a.Missing + shed(a) + b.Lost[atTheEnd]; got != events[b.Node] {
				problems = append(problems, fmt.Sprintf("ledger of %s: %d read, %d missing, %d missing at the end and %d shed are %d of %d events",
					b.Node, a.Read, a.Missing, b.Lost[atTheEnd], shed(a), got, events[b.Node]))
			}
		}
	}
	for node := range events {
		if !seen[node] {
			problems = append(problems, "ledger of "+node+": there is none")
		}
	}
	return problems
}

// lossless says where anything is lost, though nothing may be.
func (o *outcome) lossless() (problems []string) {
	for _, b := range o.nodes {
		for reason, n := range b.Lost {
			if n > 0 {
				problems = append(problems, fmt.Sprintf("ledger of %s: lost %d, %s", b.Node, n, reason))
			}
		}
	}
	return problems
}

// shed is what the collectors say that they have lost.
func shed(a *ledger.Account) (n uint64) {
	for reason, lost := range a.Told {
		if strings.HasPrefix(reason, "collector/") {
			n += lost
		}
	}
	return n
}

// idle waits until no message waits for any stage.
func idle(ctx context.Context, conn *bus.Conn) error {
	deadline := time.Now().Add(patience())
	for {
		work, err := stage.Moving(ctx, conn, nil)
		if err == nil && len(work.Waiting) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("messages still wait for stages after %v: %w", patience(), err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// balances reads and adds up the accounts.
func (o *outcome) balances(ctx context.Context, conn *bus.Conn) error {
	stored, err := conn.Reports(ctx)
	if err != nil {
		return err
	}
	var reports []*ledger.Report
	for key, value := range stored {
		if strings.Contains(key, ".h") {
			continue // of an earlier time
		}
		r, err := ledger.ParseReport(value)
		if err != nil {
			return err
		}
		reports = append(reports, r)
	}
	work, err := stage.Moving(ctx, conn, reports)
	o.nodes = ledger.Add(reports, work)
	return err
}
