package processtree

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
)

// mill makes processes that are born and die.
type mill struct {
	tree *Tree
	pid  int32
}

// heap is what is in use now.
func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// second lets processes be born at a second and die in the same one: each makes
// a thread, executes a program, and every fourth leaves a child behind that
// stays. The thread ends first; of every eighth nobody hears the end.
func (m *mill) second(at int64, births int) {
	for i := range births {
		m.pid++
		who, thread := task{m.pid, at}, task{m.pid + 1<<24, at}
		events := []event.Event{
			fork(shell, initd, who), exec(at, who, shell, "/usr/bin/some-program", "--with", fmt.Sprint("arguments", m.pid)),
			forkThread(who, shell, thread), exitThread(at, who, shell, thread, false), exit(at, who, shell, true),
		}
		switch {
		case i%8 == 0:
			events = events[:3]
		case i%4 == 0:
			events = append(events, fork(who, shell, task{m.pid + 1<<25, at}))
		}
		for k := range events {
			c := events[k].Context
			c.Container.ID = fmt.Sprintf("%064x", m.pid%50)
			m.tree.Apply(&events[k])
			m.tree.LineageOf(c, events[k].Time)
		}
	}
	m.tree.Advance(at * second)
}

// TestSoak holds 1,000 births and deaths a second: for 16 seconds of event time in
// the short form, with a small limit; with WEIR_SOAK=10m for that long and with
// the default limit. The living are kept before those that ended.
func TestSoak(t *testing.T) {
	const births = 1000
	limits, duration := Limits{Bytes: 2 << 20, Grace: 2 * time.Minute}, 16*time.Second
	if long := os.Getenv("WEIR_SOAK"); long != "" {
		var err error
		if duration, err = time.ParseDuration(long); err != nil {
			t.Fatal(err)
		}
		limits = Default()
	}
	before := heap()
	m := &mill{tree: New(limits), pid: 1000}
	seconds := int64(duration / time.Second)
	warm, least, most := seconds/4, 1<<62, 0
	for at := range seconds {
		m.second(100+at, births)
		if m.tree.Bytes() > limits.Bytes {
			t.Fatalf("second %d: %d bytes, limit %d", at, m.tree.Bytes(), limits.Bytes)
		}
		if at < warm || at%max(1, seconds/20) != 0 {
			continue
		}
		used := heap() - before
		least, most = min(least, used), max(most, used)
		t.Logf("second %d: %d processes, %d threads, %d bytes accounted, heap %d", at, m.tree.Len(), m.tree.Threads(), m.tree.Bytes(), used)
	}
	if most > limits.Bytes*5/4 {
		t.Errorf("the heap has %d bytes, limit %d", most, limits.Bytes)
	}
	if most-least > limits.Bytes/8 {
		t.Errorf("the heap is between %d and %d bytes: no flat line", least, most)
	}
	c := m.tree.Counts()
	if c.Processes < uint64(seconds*births/4) || c.Threads < uint64(seconds*births/4) {
		t.Errorf("evictions: %+v", c)
	}
	end := 99 + seconds
	for name, tt := range map[string]struct {
		who  task
		want event.Status
	}{
		"the last that lives":     {task{m.pid - 7, end}, event.StatusResolved},
		"the last that ended":     {task{m.pid, end}, event.StatusLost},
		"the first, long evicted": {task{1001, 100}, event.StatusNotFound},
	} {
		if _, status := m.tree.Lineage(tt.who.entity(), end*second); status != tt.want {
			t.Errorf("%s is %v, want %v", name, status, tt.want)
		}
	}
	runtime.KeepAlive(m)
}

// crowd is a tree of n processes, each with a program of its own.
func crowd(n int) *Tree {
	tree := New(Limits{Bytes: 1 << 30, Grace: time.Minute})
	feed(tree, existing(15, initd, task{}, "/sbin/init"), fork(initd, task{}, shell), exec(21, shell, initd, "/bin/sh"))
	parent, grand := shell, initd
	for i := range n {
		who := task{int32(1000 + i), int64(100 + i)}
		feed(tree, fork(parent, grand, who), exec(who.start, who, parent, "/usr/bin/some-program", "--with", fmt.Sprint("arguments", i%100)))
		if i%7 == 0 {
			grand, parent = parent, who
		}
		if i%50 == 0 {
			grand, parent = initd, shell
		}
	}
	return tree
}

// BenchmarkState is the checkpoint of 30,000 processes, and the way back.
func BenchmarkState(b *testing.B) {
	const n = 30000
	before := heap()
	tree := crowd(n)
	used := heap() - before
	text := bytesOf(b, tree)
	b.Run("take", func(b *testing.B) {
		b.ReportMetric(0, "ns/op")
		for b.Loop() {
			tree.State()
		}
		b.ReportMetric(float64(len(text))/n, "B/process")
		b.ReportMetric(float64(used)/n, "heap-B/process")
		b.ReportMetric(float64(tree.Bytes())/n, "accounted-B/process")
	})
	b.Run("marshal", func(b *testing.B) {
		state := tree.State()
		for b.Loop() {
			if _, err := state.MarshalVT(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("restore", func(b *testing.B) {
		for b.Loop() {
			restored(b, tree.limits, text)
		}
	})
}
