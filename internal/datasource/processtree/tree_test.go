package processtree

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
)

var (
	initd = task{1, 10}
	shell = task{100, 20}
	child = task{101, 30}
)

func TestLineage(t *testing.T) {
	nobody := task{}
	family := []event.Event{
		existing(15, initd, nobody, "/sbin/init", "splash"),
		fork(initd, nobody, shell), exec(21, shell, initd, "/bin/sh", "-l"),
		fork(shell, initd, child), exec(31, child, shell, "/bin/cat", "/etc/passwd"),
	}
	tests := []struct {
		name   string
		feed   []event.Event
		who    task
		at     int64
		want   string
		status event.Status
	}{
		{"nobody told", nil, child, 5, "", event.StatusNotFound},
		{
			"after its exec", family, child, 35,
			"101:/bin/cat[/bin/cat /etc/passwd] 100:/bin/sh[/bin/sh -l] 1:/sbin/init[/sbin/init splash]",
			event.StatusResolved,
		},
		{
			"at its exec", family, child, 31,
			"101:/bin/cat[/bin/cat /etc/passwd] 100:/bin/sh[/bin/sh -l] 1:/sbin/init[/sbin/init splash]",
			event.StatusResolved,
		},
		{
			"before its exec it runs what its parent ran", family, child, 30,
			"101:/bin/sh[/bin/sh -l] 100:/bin/sh[/bin/sh -l] 1:/sbin/init[/sbin/init splash]", event.StatusResolved,
		},
		{
			"a parent's later exec changes nothing",
			append(slices.Clip(family), exec(50, shell, initd, "/bin/dash")), child, 60,
			"101:/bin/cat[/bin/cat /etc/passwd] 100:/bin/sh[/bin/sh -l] 1:/sbin/init[/sbin/init splash]",
			event.StatusResolved,
		},
		{"exec without fork", []event.Event{exec(31, child, shell, "/bin/cat")}, child, 31, "101:/bin/cat[/bin/cat]", event.StatusResolved},
		{"exec without fork, asked before", []event.Event{exec(31, child, shell, "/bin/cat")}, child, 30, "101:[]", event.StatusNotFound},
		{"only seen", []event.Event{exit(31, child, shell, false)}, child, 31, "101:[]", event.StatusNotFound},
		{"parent only seen", []event.Event{fork(shell, initd, child)}, child, 31, "101:[] 100:[]", event.StatusResolved},
		{
			"snapshot of a process whose exec was missed", []event.Event{
				fork(initd, nobody, shell), existing(25, shell, initd, "/bin/bash"),
			}, shell, 26, "100:/bin/bash[/bin/bash] 1:[]", event.StatusResolved,
		},
		{
			"snapshot is not older than an exec", []event.Event{
				existing(25, shell, initd, "/bin/bash"), exec(21, shell, initd, "/bin/bash", "-x"),
			}, shell, 30, "100:/bin/bash[/bin/bash -x]", event.StatusResolved,
		},
		{
			"process without a program", []event.Event{
				existing(15, initd, nobody, "/sbin/init"), existing(15, shell, initd, ""),
			}, shell, 16, "100:[] 1:/sbin/init[/sbin/init]", event.StatusResolved,
		},
		{
			"pid used again", append(slices.Clip(family),
				exit(32, child, shell, true), fork(initd, nobody, task{101, 33}), exec(34, task{101, 33}, initd, "/bin/ps")),
			task{101, 33},
			35, "101:/bin/ps[/bin/ps] 1:/sbin/init[/sbin/init splash]", event.StatusResolved,
		},
		{"own parent", []event.Event{exec(31, child, child, "/bin/a")}, child, 31, "101:/bin/a[/bin/a]", event.StatusResolved},
		{
			"circle",
			[]event.Event{exec(31, child, shell, "/bin/a"), exec(31, shell, child, "/bin/b")},
			child, 31, "101:/bin/a[/bin/a] 100:[]", event.StatusResolved,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := New(Default())
			feed(tree, tt.feed...)
			p, status := tree.Lineage(tt.who.entity(), tt.at*second)
			if got := strings.TrimSpace(line(p)); got != tt.want {
				t.Errorf("lineage\n got %q\nwant %q", got, tt.want)
			}
			if status != tt.status {
				t.Errorf("status = %v, want %v", status, tt.status)
			}
		})
	}
}

func TestFacts(t *testing.T) {
	tree := New(Default())
	e := fork(shell, initd, child)
	e.Context.UID, e.Context.ProcessName = 1000, "sh"
	feed(tree, e)
	x := exec(31, child, shell, "/usr/bin/id")
	x.Context.UID = 0
	feed(tree, x)
	before, _ := tree.Lineage(child.entity(), 30*second)
	after, _ := tree.Lineage(child.entity(), 32*second)
	if before.UID != 1000 || before.Name != "sh" || before.ExecTime != 0 || before.StartTime != 30*second {
		t.Errorf("before its exec: %+v", *before)
	}
	if after.UID != 0 || after.Name != "id" || after.ExecTime != 31*second || after.NSPID != 101 {
		t.Errorf("after its exec: %+v", *after)
	}
	if before.Parent != after.Parent {
		t.Error("the two should share their ancestors")
	}
}

func TestThreads(t *testing.T) {
	tree := New(Default())
	thread := fork(shell, initd, task{150, 25})
	thread.Values[1] = event.Int(100) // child_pid: of the same process
	feed(tree, exec(21, shell, initd, "/bin/java"), thread)
	if _, status := tree.Lineage(event.EntityID(150, 25*second), 26*second); status != event.StatusNotFound {
		t.Errorf("a thread is a process of its own: %v", status)
	}
	ending := exit(30, shell, initd, false)
	ending.Context.HostTID, ending.Context.ThreadEntityID = 150, event.EntityID(150, 25*second)
	feed(tree, ending)
	it := tree.processes.Peek(shell.entity())
	if at, retired := it.Retired(); tree.ended(it) != 0 || retired {
		t.Errorf("the process ended with one of its threads: %d", at)
	}
	ending = exit(31, shell, initd, true)
	ending.Context.HostTID = 151
	feed(tree, ending)
	if at, retired := it.Retired(); !retired || at != 31*second {
		t.Errorf("retired at %d (%v), want at the exit of the last thread", at, retired)
	}
	feed(tree, exit(30, shell, initd, false))
	if got := tree.ended(it); got != 31*second {
		t.Errorf("ended at %d, want the exit of the last thread", got)
	}
}

func TestGrace(t *testing.T) {
	tree := New(Limits{Bytes: 1 << 20, Grace: 10 * time.Second})
	feed(tree, exec(21, shell, initd, "/bin/sh"), fork(shell, initd, child), exit(40, shell, initd, true))
	tree.Advance(50*second - 1)
	if p, status := tree.Lineage(shell.entity(), 40*second); p == nil || status != event.StatusResolved {
		t.Fatalf("within the grace time: %v %v", p, status)
	}
	tree.Advance(50 * second)
	if p, status := tree.Lineage(shell.entity(), 40*second); p != nil || status != event.StatusLost {
		t.Errorf("after the grace time: %v %v, want lost", p, status)
	}
	// The child still knows its parent, also once it is looked at anew.
	tree.epoch++
	if p, _ := tree.Lineage(child.entity(), 60*second); p == nil || p.Parent == nil || p.Parent.Executable != "/bin/sh" {
		t.Errorf("child forgot its parent: %s", line(p))
	}
	if tree.Counts() != (Counts{}) {
		t.Errorf("the end of the grace time is no loss, got %+v", tree.Counts())
	}
	c := shell.context(initd)
	if p, status := tree.LineageOf(c, 60*second); p == nil || p.Name != "n100" || status != event.StatusLost {
		t.Errorf("an event of a forgotten process: %v %v, want what its context says and lost", p, status)
	}
}

func TestLineageOf(t *testing.T) {
	tree := New(Default())
	feed(tree, exec(21, shell, initd, "/bin/sh"))
	p, status := tree.LineageOf(child.context(shell), 35*second)
	if status != event.StatusNotFound || line(p) != "101:[] 100:/bin/sh[/bin/sh] " {
		t.Errorf("unknown process: %q %v", line(p), status)
	}
	if p, status := tree.LineageOf(&event.Context{}, 35*second); p != nil || status != event.StatusNotFound {
		t.Errorf("event without a process: %v %v", p, status)
	}
	// Once the fork comes, what was handed out is put right.
	feed(tree, fork(shell, initd, child))
	p, status = tree.LineageOf(child.context(shell), 35*second)
	if status != event.StatusResolved || p.Executable != "/bin/sh" {
		t.Errorf("after its fork: %q %v", line(p), status)
	}
}

func TestParentComesLate(t *testing.T) {
	tree := New(Default())
	feed(tree, exec(31, child, shell, "/bin/cat"))
	if p, _ := tree.Lineage(child.entity(), 32*second); p.Parent != nil {
		t.Fatalf("unexpected parent: %s", line(p))
	}
	feed(tree, existing(33, shell, initd, "/bin/sh"))
	if p, _ := tree.Lineage(child.entity(), 32*second); line(p) != "101:/bin/cat[/bin/cat] 100:/bin/sh[/bin/sh] " {
		t.Errorf("lineage = %q", line(p))
	}
}

func TestDeepTree(t *testing.T) {
	tree := New(Default())
	parent, grand := initd, task{}
	const n = 800
	for i := range n {
		who := task{int32(1000 + i), int64(100 + i)}
		feed(tree, fork(parent, grand, who))
		if i%5 == 0 {
			feed(tree, exec(who.start, who, parent, "/bin/nest", strings.Repeat("x", i%7)))
		}
		p, _ := tree.Lineage(who.entity(), who.start*second)
		if got, want := len(strings.Fields(strings.ReplaceAll(line(p), "nest ", "nest"))), min(i+2, event.MaxLineage+1); got != want {
			t.Fatalf("depth %d: %d processes in the lineage, want %d: %s", i, got, want, line(p))
		}
		grand, parent = parent, who
	}
	// All at once, from the leaf, is the same as one after another.
	want := make(map[uint32]string)
	for i := range n {
		who := task{int32(1000 + i), int64(100 + i)}
		p, _ := tree.Lineage(who.entity(), who.start*second)
		want[who.entity()] = line(p)
	}
	tree.epoch++
	for i := n - 1; i >= 0; i-- {
		who := task{int32(1000 + i), int64(100 + i)}
		if p, _ := tree.Lineage(who.entity(), who.start*second); line(p) != want[who.entity()] {
			t.Fatalf("depth %d: %q, want %q", i, line(p), want[who.entity()])
		}
	}
}

func TestImagesAreBounded(t *testing.T) {
	tree := New(Default())
	const n = maxImages + 3
	for at := int64(30); at < 30+n; at++ {
		feed(tree, exec(at, child, shell, "/bin/x", string(rune('a'+at-30))))
	}
	if p, _ := tree.Lineage(child.entity(), 100*second); p.Args[1] != string(rune('a'+n-1)) {
		t.Errorf("last image %q", p.Args)
	}
	if p, _ := tree.Lineage(child.entity(), 30*second); p.Args[1] != "d" {
		t.Errorf("time of a dropped image: %q, want the oldest that is kept", p.Args)
	}
	feed(tree, exec(29, child, shell, "/bin/x", "late"))
	if got := tree.Counts().Images; got != 3 {
		t.Errorf("counted %d dropped images, want 3", got)
	}
}

func TestArgsAreCut(t *testing.T) {
	tree := New(Default())
	feed(tree, exec(31, child, shell, append([]string{"/bin/x"}, make([]string, 200)...)...))
	feed(tree, exec(32, child, shell, "/bin/x", strings.Repeat("y", maxArgBytes)))
	p, _ := tree.Lineage(child.entity(), 31*second)
	if len(p.Args) != maxArgs+1 || p.Args[maxArgs] != argsCut {
		t.Errorf("%d arguments, last %q", len(p.Args), p.Args[len(p.Args)-1])
	}
	p, _ = tree.Lineage(child.entity(), 32*second)
	if len(p.Args) != 2 || p.Args[1] != argsCut {
		t.Errorf("arguments = %q", p.Args)
	}
	if got := tree.Counts().Args; got != 2 {
		t.Errorf("counted %d cut lists, want 2", got)
	}
}

func TestLimitsValidate(t *testing.T) {
	for name, limits := range map[string]Limits{"no bytes": {}, "grace": {Bytes: 1 << 20, Grace: -1}} {
		if limits.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
}

// The idle task is nobody's ancestor, though pid 1 names it as its parent and
// events of cgroups seem to come from it.
func TestIdleTaskIsNoProcess(t *testing.T) {
	tree := New(Default())
	idle, first, shell := task{}, task{pid: 1, start: 1}, task{pid: 7, start: 2}
	cgroup := event.Event{Shape: &event.Shape{Name: "existing_cgroup"}, Time: 3 * second, Context: idle.context(idle)}
	cgroup.Context.ProcessEntityID = idle.entity()
	tree.Apply(&cgroup)
	if p, status := tree.LineageOf(cgroup.Context, cgroup.Time); p != nil || status != event.StatusNotFound {
		t.Errorf("the idle task is %+v, %v", p, status)
	}
	feed(tree, existing(3, first, idle, "/init"), existing(3, shell, first, "/bin/sh"))
	p, _ := tree.Lineage(shell.entity(), 4*second)
	if p == nil || p.Parent == nil || p.Parent.Parent != nil {
		t.Errorf("lineage is %s, want the shell and init", line(p))
	}
}
