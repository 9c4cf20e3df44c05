package processtree

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
)

// history makes a random feed: processes fork, execute, exit; pids are used
// again. It returns the tasks that there ever were.
func history(rnd *rand.Rand, n int) ([]event.Event, []task) {
	type live struct{ who, parent task }
	processes := []live{{initd, task{}}}
	all := []task{initd}
	feed := []event.Event{existing(15, initd, task{}, "/sbin/init")}
	free := []int32{}
	execs := make(map[task]int)
	pid := int32(10)
	for at := int64(20); len(feed) < n; at++ {
		k := rnd.IntN(len(processes))
		p := processes[k]
		switch rnd.IntN(5) {
		case 0, 1:
			who := task{pid, at}
			if len(free) > 0 && rnd.IntN(2) == 0 {
				who.pid, free = free[0], free[1:]
			} else {
				pid++
			}
			feed = append(feed, fork(p.who, p.parent, who))
			processes, all = append(processes, live{who, p.who}), append(all, who)
		case 2, 3:
			if execs[p.who]++; execs[p.who] > maxImages {
				continue // what is dropped depends on the order
			}
			feed = append(feed, exec(at, p.who, p.parent, fmt.Sprint("/bin/", rnd.IntN(9)), fmt.Sprint(at)))
		case 4:
			if p.who != initd {
				feed = append(feed, exit(at, p.who, p.parent, true))
				processes = append(processes[:k], processes[k+1:]...)
				free = append(free, p.who.pid)
			}
		}
	}
	return feed, all
}

// answers is all that a tree says about the tasks, at several times each.
func answers(tree *Tree, all []task, until int64) []string {
	var list []string
	for _, who := range all {
		for at := who.start; at < until; at += 1 + (until-who.start)/7 {
			p, status := tree.Lineage(who.entity(), at*second)
			s := fmt.Sprintf("%v at %d: %v", who, at, status)
			for ; p != nil; p = p.Parent {
				flat := *p
				flat.Parent = nil
				s += fmt.Sprintf(" %+v", flat)
			}
			it := tree.processes.Peek(who.entity())
			list = append(list, fmt.Sprintf("%s exit %d", s, it.Value.exit))
		}
	}
	return list
}

func TestOrderDoesNotMatter(t *testing.T) {
	for seed := range uint64(12) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		events, all := history(rnd, 60+int(seed)*20)
		until := events[len(events)-1].Time/second + 10
		limits := Limits{Bytes: 1 << 30, Grace: time.Hour}
		straight := New(limits)
		feed(straight, events...)
		want := answers(straight, all, until)

		shuffled, times := New(limits), 1+rnd.IntN(2)
		for range times { // a redelivery changes nothing either
			for _, i := range rnd.Perm(len(events)) {
				shuffled.Apply(&events[i])
				if rnd.IntN(3) == 0 { // what was handed out early must not stick
					who := all[rnd.IntN(len(all))]
					shuffled.Lineage(who.entity(), rnd.Int64N(until)*second)
				}
			}
		}
		if got := answers(shuffled, all, until); !reflect.DeepEqual(got, want) {
			for i := range got {
				if got[i] != want[i] {
					t.Fatalf("seed %d:\n got %s\nwant %s", seed, got[i], want[i])
				}
			}
		}
	}
}

func TestTreeKeepsItsLimit(t *testing.T) {
	const limit = 4 << 20
	tree := New(Limits{Bytes: limit, Grace: time.Hour})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	parent, grand := initd, task{}
	for i := range 20000 {
		who := task{int32(1000 + i), int64(100 + i)}
		events := []event.Event{
			fork(parent, grand, who),
			exec(who.start, who, parent, "/usr/bin/some-program", "--with", fmt.Sprint("arguments", i)),
		}
		if i%2 == 0 {
			events = append(events, exit(who.start+1, who, parent, true))
		}
		feed(tree, events...)
		tree.Advance(events[len(events)-1].Time)
		if tree.Bytes() > limit {
			t.Fatalf("after %d processes: %d bytes, limit %d", i, tree.Bytes(), limit)
		}
		if i%3 != 0 { // a long line of descent must not keep everything
			grand, parent = parent, who
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	heap := int(after.HeapAlloc) - int(before.HeapAlloc)
	t.Logf("%d processes in %d accounted bytes, heap %d", tree.Len(), tree.Bytes(), heap)
	if heap > 2*limit {
		t.Errorf("the heap grew by %d bytes, far more than the %d that the tree accounts for", heap, tree.Bytes())
	}
	if tree.Counts().Processes == 0 {
		t.Error("nothing evicted, though far more processes than fit")
	}
	runtime.KeepAlive(tree)
}
