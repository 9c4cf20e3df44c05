package processtree

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// live is a process that runs, in a history.
type live struct {
	who, parent task
	threads     []task
	execs       int
	name        string
}

// world is a random history in the making.
type world struct {
	rnd       *rand.Rand
	at        int64
	processes []*live
	free      []int32
	pid       int32
	events    []event.Event
	// wild means that there may be more than is kept.
	wild bool
	// all are the entities that there ever were, threads too.
	all []task
}

func newWorld(rnd *rand.Rand) *world {
	first := existing(15, initd, task{}, "/sbin/init")
	first.Context.ProcessName = "init"
	return &world{
		rnd: rnd, at: 20, pid: 10, processes: []*live{{who: initd, name: "init"}},
		events: []event.Event{first}, all: []task{initd},
	}
}

// task is a new one, often of a pid that was another's.
func (w *world) task() task {
	who := task{w.pid, w.at}
	if len(w.free) > 0 && w.rnd.IntN(2) == 0 {
		who.pid, w.free = w.free[0], w.free[1:]
	} else {
		w.pid++
	}
	w.all = append(w.all, who)
	return who
}

// add adds an event of a process, whose thread has the process's name.
func (w *world) add(p *live, e event.Event) {
	e.Context.ProcessName = p.name
	w.events = append(w.events, e)
}

// step lets something happen in the second that follows.
func (w *world) step() {
	w.at++
	k := w.rnd.IntN(len(w.processes))
	p := w.processes[k]
	switch w.rnd.IntN(8) {
	case 0, 1:
		who := w.task()
		w.add(p, fork(p.who, p.parent, who))
		w.processes = append(w.processes, &live{who: who, parent: p.who, name: p.name})
	case 2, 3:
		if p.execs++; !w.wild && (p.execs > maxImages || len(p.threads) > 0) {
			return // what is dropped depends on the order
		}
		p.name = fmt.Sprint(w.rnd.IntN(9))
		w.add(p, exec(w.at, p.who, p.parent, "/bin/"+p.name, fmt.Sprint(w.at)))
	case 4, 5:
		thread := w.task()
		w.add(p, forkThread(p.who, p.parent, thread))
		p.threads = append(p.threads, thread)
	case 6:
		if n := len(p.threads); n > 0 {
			w.add(p, exitThread(w.at, p.who, p.parent, p.threads[n-1], false))
			w.free, p.threads = append(w.free, p.threads[n-1].pid), p.threads[:n-1]
		}
	case 7:
		if p.who != initd {
			w.end(p)
			w.processes = slices.Delete(w.processes, k, k+1)
		}
	}
}

// end lets a process end, with its first thread first or last.
func (w *world) end(p *live) {
	early := w.rnd.IntN(2) == 0 && len(p.threads) > 0
	if early {
		w.add(p, exit(w.at, p.who, p.parent, false))
	}
	for i, thread := range p.threads {
		w.at++
		w.add(p, exitThread(w.at, p.who, p.parent, thread, early && i == len(p.threads)-1))
		w.free = append(w.free, thread.pid)
	}
	if !early {
		w.at++
		w.add(p, exit(w.at, p.who, p.parent, true))
	}
	w.free = append(w.free, p.who.pid)
}

// history makes a random feed: processes fork, make threads, execute, exit; pids
// are used again. It returns the tasks that there ever were.
func history(rnd *rand.Rand, n int) ([]event.Event, []task) {
	w := newWorld(rnd)
	for len(w.events) < n {
		w.step()
	}
	return w.events, w.all
}

// answers is all that a tree says about the tasks, at several times each.
func answers(tree *Tree, all []task, until int64) []string {
	var list []string
	for _, who := range all {
		for at := who.start - 1; at < until; at += 1 + (until-who.start)/4 {
			list = append(list, fmt.Sprintf("%v at %d: %s", who, at, answer(tree, who, at)))
		}
	}
	return list
}

// answer is what a tree says about one task at a time.
func answer(tree *Tree, who task, at int64) string {
	p, status := tree.Lineage(who.entity(), at*second)
	s := fmt.Sprint(status)
	for ; p != nil; p = p.Parent {
		flat := *p
		flat.Parent = nil
		s += fmt.Sprintf(" %+v", flat)
	}
	return s + asks(tree, who, at)
}

// asks is what a tree says to the keys of one task at a time.
func asks(tree *Tree, who task, at int64) (s string) {
	when := time.Unix(0, at*second).UTC()
	for _, key := range []any{
		datasource.ProcKey{EntityID: who.entity(), Time: when},
		datasource.ThreadKey{EntityID: who.entity(), Time: when},
		datasource.LineageKey{EntityID: who.entity(), Time: when, MaxDepth: 10},
	} {
		got, status, err := tree.Get(key, 0)
		s += fmt.Sprintf("\n  %+v %v %v", got, status, err)
	}
	return s
}

func TestOrderDoesNotMatter(t *testing.T) {
	for seed := range uint64(8) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		events, all := history(rnd, 50+int(seed)*16)
		until := events[len(events)-1].Time/second + 10
		limits := Limits{Bytes: 1 << 30, Grace: time.Hour}
		straight := New(limits)
		feed(straight, events...)
		want := answers(straight, all, until)

		shuffled, times := New(limits), 1+rnd.IntN(2)
		for range times { // a redelivery changes nothing either
			for _, i := range rnd.Perm(len(events)) {
				shuffled.Apply(&events[i])
				if rnd.IntN(3) == 0 {
					shuffled.Seen(events[i].Context, events[i].Time)
				}
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
