package processtree

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/statepb"
)

// carried is a tree after its state went through bytes.
func carried(t testing.TB, tree *Tree) *Tree {
	t.Helper()
	text := bytesOf(t, tree)
	again := restored(t, tree.limits, text)
	if string(bytesOf(t, again)) != string(text) {
		t.Fatal("the state of the restored tree is another one")
	}
	return again
}

func restored(t testing.TB, limits Limits, text []byte) *Tree {
	t.Helper()
	var state statepb.ProcessTree
	if err := state.UnmarshalVT(text); err != nil {
		t.Fatal(err)
	}
	tree, err := Restore(limits, &state)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func bytesOf(t testing.TB, tree *Tree) []byte {
	t.Helper()
	text, err := tree.State().MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// act is something that happens to a tree, and what it answers.
type act func(*Tree) string

// acts makes a random feed of n acts with everything that a tree can be told and
// asked, and that it cannot hold all of.
func acts(rnd *rand.Rand, n int) []act {
	w := newWorld(rnd)
	w.wild = true
	var list []act
	for len(list) < n {
		before := len(w.events)
		w.step()
		for i := range w.events[before:] {
			e := w.events[before+i]
			if e.Shape.Name == "sched_process_exec" && rnd.IntN(3) == 0 {
				list = append(list, heard(e)) // sooner than the exec itself
			}
			switch w.rnd.IntN(12) {
			case 0: // lost on the way
			case 1: // late
				k := rnd.IntN(len(list) + 1)
				list = append(list[:k:k], append([]act{apply(e)}, list[k:]...)...)
			default:
				list = append(list, apply(e))
			}
			if rnd.IntN(3) == 0 {
				list = append(list, observed(rnd, e))
			}
		}
		who, at := w.all[rnd.IntN(len(w.all))], w.at-rnd.Int64N(min(w.at, 60))
		switch rnd.IntN(12) {
		case 0, 1, 2:
			list = append(list, func(t *Tree) string { return answer(t, who, at) })
		case 3:
			list = append(list, func(t *Tree) string { t.Adopt(ancestors(who, at), at*second); return "" })
		case 6:
			if rnd.IntN(8) == 0 { // a thread that renames itself again and again
				e := w.events[len(w.events)-1]
				for range 2 * maxIdentities {
					e.Time += second / 100
					list = append(list, observed(rnd, e))
				}
			}
		case 4, 5:
			now := (w.at - rnd.Int64N(20)) * second
			list = append(list, func(t *Tree) string { t.Advance(now); return "" })
		}
	}
	return list
}

func apply(e event.Event) act {
	return func(t *Tree) string { t.Apply(&e); return "" }
}

// heard is a lineage that knows of an exec.
func heard(e event.Event) act {
	return func(t *Tree) string {
		c := e.Context
		t.Adopt(&event.Process{
			EntityID: c.ProcessEntityID, PID: c.HostPID, NSPID: c.PID, UID: c.UID, StartTime: c.ThreadStartTime,
			ExecTime: e.Time, Name: c.ProcessName, Executable: "/bin/heard",
		}, e.Time)
		return ""
	}
}

// observed is what an event that tells nothing itself says of its thread.
func observed(rnd *rand.Rand, e event.Event) act {
	c := *e.Context
	if rnd.IntN(3) == 0 {
		c.ProcessName = fmt.Sprint("worker", rnd.IntN(4))
	}
	if rnd.IntN(3) == 0 {
		c.Container.ID = strings.Repeat(fmt.Sprint(rnd.IntN(3)), 64)
	}
	c.UID = uint32(rnd.IntN(2))
	return func(t *Tree) string {
		p, status := t.LineageOf(&c, e.Time)
		return fmt.Sprintf("%s %v", line(p), status)
	}
}

// ancestors is a lineage that somebody else made, a new one each time.
func ancestors(who task, at int64) *event.Process {
	p := &event.Process{EntityID: initd.entity(), PID: 1, NSPID: 1, Name: "init", Executable: "/sbin/init", StartTime: initd.start * second}
	for i := range int64(3) {
		a := task{int32(900000 + (at+i)%40), at % 50}
		p = &event.Process{EntityID: a.entity(), PID: a.pid, NSPID: a.pid, Name: "a", Executable: "/bin/a", StartTime: a.start * second, Parent: p}
	}
	return &event.Process{
		EntityID: who.entity(), PID: who.pid, NSPID: who.pid, StartTime: who.start * second, ExecTime: at % 3 * at * second,
		Name: "adopted", Executable: "/bin/adopted", Args: []string{"adopted", fmt.Sprint(at)}, Parent: p,
	}
}

// TestRestoredGoesOnAlike cuts random feeds at random places.
func TestRestoredGoesOnAlike(t *testing.T) {
	const n = 4000
	var most Counts
	for seed := range uint64(3) {
		rnd := rand.New(rand.NewPCG(seed, 11))
		list := acts(rnd, n)
		limits := Limits{Bytes: 256<<10 + rnd.IntN(64<<10), Grace: time.Duration(50+rnd.IntN(200)) * time.Second}
		tree := New(limits)
		others := map[int]*Tree{}
		cuts := map[int]bool{0: true, rnd.IntN(n): true, rnd.IntN(n): true, n - 50: true}
		for i, do := range list {
			if cuts[i] {
				others[i] = carried(t, tree)
			}
			want := do(tree)
			for cut, other := range others {
				if got := do(other); got != want {
					t.Fatalf("seed %d, cut at %d, act %d:\n got %s\nwant %s", seed, cut, i, got, want)
				}
				if other.Bytes() != tree.Bytes() || other.Len() != tree.Len() || other.Threads() != tree.Threads() || other.Counts() != tree.Counts() {
					t.Fatalf("seed %d, cut at %d, act %d: got %d bytes, %d, %d, %+v, want %d, %d, %d, %+v", seed, cut, i,
						other.Bytes(), other.Len(), other.Threads(), other.Counts(), tree.Bytes(), tree.Len(), tree.Threads(), tree.Counts())
				}
			}
		}
		want := bytesOf(t, tree)
		for cut, other := range others {
			if string(bytesOf(t, other)) != string(want) {
				t.Errorf("seed %d, cut at %d: the two remember different things at the end", seed, cut)
			}
		}
		c := tree.Counts()
		most = Counts{
			Processes: most.Processes + c.Processes, Threads: most.Threads + c.Threads, Images: most.Images + c.Images,
			Identities: most.Identities + c.Identities,
		}
		t.Logf("seed %d: %d processes, %d threads, %d missing, %d bytes of state, %+v", seed, tree.Len(), tree.Threads(), len(tree.missing), len(want), c)
	}
	if most.Processes == 0 || most.Threads == 0 || most.Identities == 0 || most.Images == 0 {
		t.Errorf("the feeds do not reach the limits: %+v", most)
	}
}
