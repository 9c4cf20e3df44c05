package ledger

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/statepb"
)

// Whatever is lost on the way, comes twice, or is numbered by another run: what
// was read and what is missing is what was written.
func TestReadAndMissingIsWritten(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		var numbers Numbers
		var place Place
		var written, read, missing, pending uint64
		for message := range uint64(100) {
			if random.IntN(30) == 0 && pending == 0 {
				numbers = Numbers{} // the writer has lost its memory
			}
			env := &eventpb.Envelope{Count: uint32(random.IntN(5))}
			numbers.Number(env, message+1)
			written += uint64(env.Count)
			if message > 0 && random.IntN(4) == 0 {
				pending += uint64(env.Count) // lost: known with the next one
				continue
			}
			missing += place.Read(env)
			read += uint64(env.Count)
			pending = 0
			for random.IntN(3) == 0 {
				if again := place.Read(env); again != 0 {
					t.Fatalf("seed %d: a message that comes again is missing %d", seed, again)
				}
			}
		}
		if read+missing+pending != written {
			t.Fatalf("seed %d: %d were read, %d are missing, %d were lost last, %d were written", seed, read, missing, pending, written)
		}
	}
}

// Who begins to read in the middle does not know of anything before.
func TestFirstMessage(t *testing.T) {
	var p Place
	for _, c := range []struct {
		run, before uint64
		count       uint32
		want        uint64
	}{
		{0, 99, 1, 0}, {5, 40, 2, 0}, {5, 42, 1, 0}, {5, 45, 5, 2}, {5, 42, 1, 0}, {5, 50, 0, 0}, {9, 0, 1, 0}, {10, 7, 1, 7}, {0, 0, 3, 0}, {10, 8, 1, 0},
	} {
		env := &eventpb.Envelope{Run: c.run, EventsBefore: c.before, Count: c.count}
		if got := p.Read(env); got != c.want {
			t.Errorf("%+v: %d are missing, want %d", c, got, c.want)
		}
	}
}

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
