package notifier

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/schemas/ledger"
)

// accountOf returns the account of a node.
func accountOf(t *testing.T, h stage.Handler, node string) *ledger.Account {
	t.Helper()
	accounts, _ := h.(*handler).Accounts()
	for _, a := range accounts {
		if a.Node == node {
			return a
		}
	}
	return &ledger.Account{Node: node}
}

// handedOver is a new handler that goes on where another one is.
func handedOver(t *testing.T, from, to stage.Handler) stage.Handler {
	t.Helper()
	saved, err := from.(*handler).Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	if err := to.(*handler).Restore(saved); err != nil {
		t.Fatal(err)
	}
	return to
}

// Whatever the stream gives up of the detections of several nodes, the account
// says how many were lost, and so does the metric, also where others go on.
func TestMissingDetections(t *testing.T) {
	for seed := range uint64(10) {
		random := rand.New(rand.NewPCG(seed, 5))
		h, reader := newHandler(t, Config{}, nil)
		n := h.(*handler).notifier
		counts := map[string]uint64{}
		read, wasMissing := map[string]uint64{}, int64(0)
		seq := uint64(0)
		handle := func(d finding.Detection) {
			seq++
			in := message(t, d, seq)
			in.ID, in.Since, in.Stored = fmt.Sprint("id", seq), time.Unix(0, 5), time.Unix(0, int64(seq+6))
			for range 1 + random.IntN(2) { // it may come again
				out, err := h.Handle(t.Context(), in)
				if want := 1; err != nil || !d.Reminder && len(out) != want || d.Reminder && len(out) != 0 {
					t.Fatal(len(out), err)
				}
			}
		}
		for range 100 {
			d := sample(t)
			d.Node = fmt.Sprint("n", random.IntN(3))
			d.Run, d.RunTime, d.Before = 3, 6, counts[d.Node]
			counts[d.Node]++
			if random.IntN(3) == 0 {
				handle(d)
				read[d.Node]++
			}
			if random.IntN(15) == 0 {
				other, err := n.NewHandler(1)
				if err != nil {
					t.Fatal(err)
				}
				h = handedOver(t, h, other)
			}
		}
		for node, count := range counts {
			handle(finding.Detection{Node: node, Run: 3, RunTime: 6, Before: count, Reminder: true})
			a := accountOf(t, h, node)
			if a.Read != read[node] || a.Read+a.Missing != count || a.Published != a.Read || a.Earlier != 0 || a.Unexplained() != 0 {
				t.Fatalf("seed %d: account %+v of %d, %d read", seed, a, count, read[node])
			}
			wasMissing += int64(a.Missing)
		}
		if got, _ := collect(t, reader); got["weir.notifier.missing"] != wasMissing || wasMissing == 0 {
			t.Fatalf("counted %d missing, not %d", got["weir.notifier.missing"], wasMissing)
		}
	}
}

// Detections of older detectors have no numbers; a notifier that came later does
// not miss what was before.
func TestNothingIsMissing(t *testing.T) {
	h, _ := newHandler(t, Config{}, nil)
	for i, c := range []struct {
		run     uint64
		began   int64
		before  uint64
		earlier uint64
	}{{0, 0, 0, 0}, {0, 0, 0, 0}, {4, 99, 7, 7}, {4, 99, 8, 7}} {
		d := sample(t)
		d.Node, d.Run, d.RunTime, d.Before = "n", c.run, c.began, c.before
		in := message(t, d, uint64(i+1))
		in.Since = time.Unix(0, 100)
		if _, err := h.Handle(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if a := accountOf(t, h, "n"); a.Read != uint64(i+1) || a.Missing != 0 || a.Earlier != c.earlier {
			t.Errorf("account %+v", a)
		}
	}
}

// A dead letter that is published once more is not counted twice.
func TestRedrivenDetection(t *testing.T) {
	h, _ := newHandler(t, Config{}, nil)
	seq := uint64(0)
	handle := func(id string, before uint64, bad bool) {
		d := sample(t)
		d.Node, d.Run, d.Before = "n", 4, before
		if bad {
			d.ID = ""
		}
		seq++
		in := message(t, d, seq)
		in.ID = id
		if _, err := h.Handle(t.Context(), in); (err != nil) != bad {
			t.Fatal(err)
		}
	}
	handle("a", 0, false)
	handle("b", 1, true)
	handle("d", 3, false) // what was before was given up without being read
	handle(ledger.RedrivenID("b", 1), 1, false)
	handle(ledger.RedrivenID("c", 2), 2, false)
	a := accountOf(t, h, "n")
	if a.Read != 4 || a.Published != 4 || a.Missing != 0 || a.DroppedTotal() != 0 || a.Unexplained() != 0 {
		t.Errorf("account %+v", a)
	}
}
