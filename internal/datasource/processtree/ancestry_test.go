package processtree

import (
	"slices"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// pids asks for a lineage and returns the pids in it, and when each is told of.
func pids(t *testing.T, tree *Tree, who task, at int64, depth int) (list []int, times []int64, all datasource.ProcessLineage) {
	t.Helper()
	got, _, err := tree.Get(datasource.LineageKey{EntityID: who.entity(), Time: clock(at), MaxDepth: depth}, 0)
	if err != nil {
		t.Fatal(err)
	}
	all = got["process_lineage"].(datasource.ProcessLineage)
	for _, p := range all {
		list, times = append(list, p.Info.PID), append(times, p.Timestamp.UnixNano()/second)
	}
	return list, times, all
}

func TestAncestry(t *testing.T) {
	boxed := fork(shell, initd, child)
	boxed.Values[2] = event.Int(1) // child_ns_pid
	nested := task{103, 50}
	family := []event.Event{
		existing(15, initd, task{}, "/sbin/init"), fork(initd, task{}, shell), exec(22, shell, initd, "/bin/sh"),
		exec(35, shell, initd, "/bin/dash"),
	}
	tests := []struct {
		name  string
		feed  []event.Event
		who   task
		depth int
		want  []int
		times []int64
	}{
		{"to the top", append(slices.Clip(family), fork(shell, initd, child)), child, 10, []int{101, 100, 1}, []int64{60, 30, 20}},
		{"so many", append(slices.Clip(family), fork(shell, initd, child)), child, 1, []int{101, 100}, []int64{60, 30}},
		{"none", append(slices.Clip(family), fork(shell, initd, child)), child, 0, []int{101}, []int64{60}},
		{"fewer than none", append(slices.Clip(family), fork(shell, initd, child)), child, -3, []int{101}, []int64{60}},
		{
			"not out of the container", append(slices.Clip(family), boxed, fork(child, shell, nested)),
			nested, 10,
			[]int{103, 101},
			[]int64{60, 50},
		},
		{"own parent", []event.Event{exec(31, child, child, "/bin/a")}, child, 10, []int{101}, []int64{60}},
		{
			"circle",
			[]event.Event{exec(31, child, shell, "/bin/a"), exec(31, shell, child, "/bin/b")},
			child, 1 << 30,
			[]int{101, 100},
			[]int64{60, 30},
		},
		{"unknown parent", []event.Event{exec(31, child, shell, "/bin/a")}, child, 10, []int{101}, []int64{60}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := New(Default())
			feed(tree, tt.feed...)
			list, times, all := pids(t, tree, tt.who, 60, tt.depth)
			if !slices.Equal(list, tt.want) || !slices.Equal(times, tt.times) {
				t.Errorf("pids %v at %v, want %v at %v", list, times, tt.want, tt.times)
			}
			if len(list) == 3 && all[1].Info.ExecutionBinary.Path != "/bin/sh" {
				t.Errorf("the parent ran %q when it forked", all[1].Info.ExecutionBinary.Path)
			}
		})
	}
}

// Ancestors that ended long ago are still told of, as far as they were handed out.
func TestAncestryOfTheForgotten(t *testing.T) {
	tree := New(Limits{Bytes: 1 << 20, Grace: 10 * time.Second})
	feed(tree, existing(15, initd, task{}, "/sbin/init"), fork(initd, task{}, shell), exec(22, shell, initd, "/bin/sh", "-l"),
		fork(shell, initd, child), exit(40, shell, initd, true))
	list, times, before := pids(t, tree, child, 45, 10)
	tree.Advance(60 * second)
	for _, tree := range []*Tree{tree, carried(t, tree)} {
		again, at, all := pids(t, tree, child, 60, 10)
		if !slices.Equal(list, again) || !slices.Equal(times[1:], at[1:]) {
			t.Fatalf("pids %v at %v, want %v at %v", again, at, list, times)
		}
		if got, want := all[1].Info, before[1].Info; got.ExecutionBinary.Path != want.ExecutionBinary.Path ||
			!slices.Equal(got.Cmd, want.Cmd) || got.PPID != want.PPID || got.ParentEntityID != want.ParentEntityID ||
			!got.StartTime.Equal(want.StartTime) || !got.IsAlive || got.ChildProcessIDs[101] != child.entity() {
			t.Errorf("forgotten\n got %+v\nwant %+v", got, want)
		}
		if all[0].Info.ExecutionBinary.Path != "/bin/sh" || len(all[0].Info.Cmd) != 2 {
			t.Errorf("the child no longer runs what its parent ran: %+v", all[0].Info)
		}
		if list, _, _ := pids(t, tree, child, 60, 1); len(list) != 2 {
			t.Errorf("one ancestor asked for: %v", list)
		}
	}
}

// A pid of a child that was used again is the later one's.
func TestChildrenOfOnePid(t *testing.T) {
	tree := New(Default())
	again := task{101, 35}
	feed(tree, fork(shell, initd, again), fork(shell, initd, child)) // no exit of the first
	if got := processAt(t, tree, shell, 40).ChildProcessIDs; len(got) != 1 || got[101] != again.entity() {
		t.Errorf("children %v, want the later one", got)
	}
	if got := processAt(t, tree, shell, 32).ChildProcessIDs; got[101] != child.entity() {
		t.Errorf("children %v, want the earlier one at its time", got)
	}
}
