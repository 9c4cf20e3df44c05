package ledger

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/statepb"
)

func TestTallies(t *testing.T) {
	var tallies Tallies
	var a Account
	take := func(run uint64, counts ...uint64) {
		env := &eventpb.Envelope{Run: run}
		for i, n := range counts {
			env.Tallies = append(env.Tallies, &eventpb.Tally{State: fmt.Sprint("s", i), Count: n})
		}
		tallies = TalliesOf(tallies.State())
		tallies.Take(env, &a)
	}
	take(1, 10, 1)
	take(1)
	take(1, 10, 3)
	take(1, 9, 3) // an older one comes again
	take(2, 5)
	take(2, 6)
	if want := map[string]uint64{"s0": 16, "s1": 3}; !reflect.DeepEqual(a.Kernel, want) {
		t.Errorf("counted %v, want %v", a.Kernel, want)
	}
	for i := range uint64(1000) {
		tallies.Take(&eventpb.Envelope{Run: 2, Tallies: []*eventpb.Tally{{State: fmt.Sprint(i), Count: 1}}}, &a)
	}
	if len(a.Kernel) > maxStates+2 {
		t.Errorf("%d states are kept", len(a.Kernel))
	}
}

func TestBooks(t *testing.T) {
	b := NewBooks(3)
	for i, node := range []string{"a", "b", "a", "c", "d", "d"} {
		a := b.Of(node)
		a.Read += 10
		a.Published += 7
		a.Drop("decode", 2)
		a.Tell("collector", "ring_full", uint64(i))
		a.Until = int64(i)
	}
	if b.Forgotten() != 1 {
		t.Errorf("%d were forgotten", b.Forgotten())
	}
	text, err := b.State().MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	var state statepb.Books
	if err := state.UnmarshalVT(text); err != nil {
		t.Fatal(err)
	}
	again := NewBooks(3)
	again.RestoreState(&state)
	if !reflect.DeepEqual(b.Accounts(), again.Accounts()) || again.Forgotten() != 1 {
		t.Errorf("restored %+v, want %+v", again.Accounts(), b.Accounts())
	}
	// The next one to make room for is the same.
	b.Of("x")
	again.Of("x")
	if !reflect.DeepEqual(b.Accounts(), again.Accounts()) {
		t.Error("a restored one forgets another account")
	}
	sum := Account{Node: "all"}
	for _, a := range b.Accounts() {
		sum.Add(a)
	}
	if sum.Read != 30 || sum.DroppedTotal() != 6 || sum.Unexplained() != 3 || sum.Until != 5 {
		t.Errorf("added up: %+v", sum)
	}
}

func FuzzParseReport(f *testing.F) {
	good, err := (&Report{Stage: "enricher", Seq: 7, Accounts: []*Account{{Node: "n", Read: 1, Dropped: map[string]uint64{"x": 1}}}}).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"version":1,"accounts":[null]}`))
	f.Add([]byte(`{"version":2}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ParseReport(text)
		if err != nil {
			return
		}
		out, err := r.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseReport(out)
		if err != nil || !reflect.DeepEqual(r, again) {
			t.Fatalf("%s becomes %s: %v", text, out, err)
		}
	})
}
