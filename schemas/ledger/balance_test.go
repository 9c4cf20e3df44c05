package ledger

import (
	"reflect"
	"testing"
)

func TestBalance(t *testing.T) {
	reports := func(change func(enricher, detector, notifier *Account)) []*Report {
		e := &Account{Node: "n", Read: 60, Published: 55, Held: 1, Dropped: map[string]uint64{"decode": 4}, Told: map[string]uint64{"collector/ring_full": 9}}
		e2 := &Account{Node: "n", Read: 40, Published: 40}
		d := &Account{Node: "n", Read: 90, Published: 90, Missing: 5, Detections: 7}
		n := &Account{Node: "n", Read: 7, Published: 7}
		change(e, d, n)
		return []*Report{
			{Stage: "enricher", Accounts: []*Account{e, {Node: "other"}}},
			{Stage: "enricher", Partition: 1, Accounts: []*Account{e2}},
			{Stage: "detector", Accounts: []*Account{d}},
			{Stage: "notifier", Accounts: []*Account{n}},
		}
	}
	lost := []string{"enricher to detector: 10 of 95 have not arrived and no message waits: they are lost, but the detector has not learnt of it"}
	for _, c := range []struct {
		name     string
		change   func(e, d, n *Account)
		work     Work
		state    State
		problems []string
	}{
		{"all is there", func(_, _, _ *Account) {}, Work{}, Balanced, nil},
		{"some came before", func(_, d, _ *Account) { d.Read, d.Published, d.Earlier = 50, 50, 40 }, Work{}, Balanced, nil},
		{
			"waits", func(_, d, _ *Account) { d.Read, d.Published = 80, 80 },
			Work{Waiting: map[string]bool{"detector": true}},
			InFlight,
			[]string{"enricher to detector: 10 of 95 have not arrived; messages wait"},
		},
		{"not told", func(_, d, _ *Account) { d.Read, d.Published = 80, 80 }, Work{Untold: true}, InFlight, lost},
		{"lost at the end", func(_, d, _ *Account) { d.Read, d.Published = 80, 80 }, Work{}, Unbalanced, lost},
		{"doubled", func(_, _, n *Account) { n.Read, n.Published = 8, 8 }, Work{}, Unbalanced, []string{"detector to notifier: 1 more have arrived than were published"}},
		{"vanished", func(e, _, _ *Account) { e.Read++ }, Work{}, Unbalanced, []string{"enricher: nobody knows what became of 1 of 101"}},
	} {
		list := Add(reports(c.change), c.work)
		if len(list) != 2 || list[0].Node != "n" {
			t.Fatalf("%s: %d nodes", c.name, len(list))
		}
		b := list[0]
		if b.State != c.state || !reflect.DeepEqual(b.Problems, c.problems) {
			t.Errorf("%s: %s, %q", c.name, b.State, b.Problems)
		}
		want := map[string]uint64{"enricher/decode": 4, "collector/ring_full": 9, "bus/missing before detector": 5}
		if !reflect.DeepEqual(b.Lost, want) {
			t.Errorf("%s: lost %v, want %v", c.name, b.Lost, want)
		}
	}
}

// A part of the time balances like all of it.
func TestSince(t *testing.T) {
	before := &Account{Node: "n", Read: 10, Published: 7, Held: 2, Earlier: 3, Dropped: map[string]uint64{"a": 1}}
	after := &Account{Node: "n", Read: 30, Published: 24, Held: 1, Earlier: 5, Dropped: map[string]uint64{"a": 3, "b": 2}, Detections: 4}
	if before.Unexplained() != 0 || after.Unexplained() != 0 {
		t.Fatal("the accounts do not balance")
	}
	since := after.Since(before)
	want := &Account{Node: "n", Read: 22, Published: 17, Held: 1, Earlier: 2, Dropped: map[string]uint64{"a": 2, "b": 2}, Detections: 4}
	if !reflect.DeepEqual(since, want) || since.Unexplained() != 0 {
		t.Errorf("since: %+v, want %+v", since, want)
	}
	if anew := before.Since(after); !reflect.DeepEqual(anew, before) {
		t.Errorf("accounts that began anew: %+v", anew)
	}
	if all := after.Since(nil); !reflect.DeepEqual(all, after) {
		t.Errorf("since ever: %+v", all)
	}
}
