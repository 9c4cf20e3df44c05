package detector

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/schemas/ledger"
)

// Detections are numbered for each node, the same whoever goes on; where some are
// lost, the first and the last too, who reads the rest knows how many.
func TestDetectionsAreNumbered(t *testing.T) {
	for seed := range uint64(10) {
		random := rand.New(rand.NewPCG(seed, 4))
		d, whole, _ := start(t, goSet(numberingOpens()), stage.Settings{})
		parts, err := d.NewHandler(3)
		if err != nil {
			t.Fatal(err)
		}
		places, read, missing := ledger.NewPlaces(9), uint64(0), uint64(0)
		take := func(o stage.Output) {
			var d finding.Detection
			if err := json.Unmarshal(o.Data, &d); err != nil {
				t.Fatal(err)
			}
			env := &eventpb.Envelope{Node: d.Node, Run: d.Run, RunTime: d.RunTime, EventsBefore: d.Before, Count: 1}
			if d.Reminder {
				env.Count = 0
			}
			gap := places.Read(env, ledger.Arrival{Since: 1})
			read, missing = read+uint64(env.Count), missing+gap.Missing
		}
		for n := range 40 {
			in := message(t, opens("/a", fmt.Sprint("/", random.IntN(3))))
			in.StreamSeq, in.Delivered, in.Stored = uint64(n+1), 1, time.Unix(0, int64(n+7))
			if random.IntN(5) == 0 {
				parts = handed(t, parts, d)
			}
			want, err := whole.Handle(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			got, err := parts.Handle(t.Context(), in)
			if err != nil || len(got) != len(want) {
				t.Fatal(len(got), len(want), err)
			}
			for i, a := range decoded(t, want) {
				b := decoded(t, got)[i]
				if a.Run != 1 || a.RunTime != 7 || a.Run != b.Run || a.RunTime != b.RunTime || a.Before != b.Before || a.ID != b.ID {
					t.Fatalf("message %d: %d of run %d since %d, then %d of run %d", n, a.Before, a.Run, a.RunTime, b.Before, b.Run)
				}
				if n < 35 && random.IntN(2) == 0 {
					take(got[i])
				}
			}
		}
		h := parts.(*handler)
		if out := h.Remind(50, 60); len(out) != 0 {
			t.Fatalf("reminded of %d before it is known where they are", len(out))
		}
		out := h.Remind(61, 60)
		if len(out) != 1 || out[0].Subject != h.subject {
			t.Fatalf("reminded of %d nodes", len(out))
		}
		take(out[0])
		accounts, _ := h.Accounts()
		if a := accounts[0]; read+missing != a.Detections || missing == 0 {
			t.Fatalf("seed %d: %d read, %d missing of %d", seed, read, missing, a.Detections)
		}
	}
}

// The numbers of too many nodes are forgotten, of those first that have been
// silent for longest.
func TestNumbersAreBounded(t *testing.T) {
	a := newAccounts()
	for n := range maxNodes + 2 {
		d := &finding.Detection{Node: fmt.Sprint("n", n), Time: int64(n + 1)}
		take := a.number(&stage.Message{StreamSeq: uint64(n + 1)}, d)
		if len(a.told) > maxNodes || d.Run != uint64(n+1) || d.Before != 0 {
			t.Fatalf("%d nodes, run %d", len(a.told), d.Run)
		}
		take()
	}
	if len(a.told) != maxNodes || a.told["n0"] != nil || a.told["n2"] == nil {
		t.Errorf("%d nodes are known", len(a.told))
	}
}
