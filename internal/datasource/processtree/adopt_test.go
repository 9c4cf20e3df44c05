package processtree

import (
	"testing"

	"github.com/weirsec/weir/schemas/event"
)

// told is the lineage of the child as somebody else's tree tells it.
func told(t *testing.T) *event.Process {
	t.Helper()
	tree := New(Default())
	feed(tree, existing(15, initd, task{}, "/sbin/init"), fork(initd, task{}, shell), exec(22, shell, initd, "/bin/sh", "-l"),
		fork(shell, initd, child), exec(33, child, shell, "/bin/cat", "/etc/passwd"))
	p, status := tree.Lineage(child.entity(), 40*second)
	if status != event.StatusResolved {
		t.Fatal(status)
	}
	return p
}

func TestAdopt(t *testing.T) {
	tree, p := New(Default()), told(t)
	tree.Adopt(p, 40*second)
	got, status := tree.Lineage(child.entity(), 40*second)
	if line(got) != line(p) || status != event.StatusResolved {
		t.Errorf("lineage %q, %v, want %q", line(got), status, line(p))
	}
	info := processAt(t, tree, child, 40)
	if info.PPID != 100 || !info.ExecTime.Equal(clock(33)) || !info.StartTime.Equal(clock(30)) || info.Cmd[0] != "/bin/cat" || !info.IsAlive {
		t.Errorf("child: %+v", info)
	}
	if info := processAt(t, tree, shell, 40); len(info.ChildProcessIDs) != 1 || info.ExecutionBinary.Path != "/bin/sh" {
		t.Errorf("parent: %+v", info)
	}
	if info := processAt(t, tree, initd, 30); info.ExecutionBinary.Path != "/sbin/init" || !info.ExecTime.IsZero() {
		t.Errorf("init, at the start of its child: %+v", info)
	}
	before, bytes, epoch := asks(tree, child, 40)+asks(tree, shell, 40), tree.Bytes(), tree.epoch
	tree.Adopt(p, 41*second)
	tree.Adopt(told(t), 42*second)
	if asks(tree, child, 40)+asks(tree, shell, 40) != before || tree.Bytes() != bytes || tree.epoch != epoch {
		t.Error("adopting the same again changed the tree")
	}
	tree.Adopt(nil, 42*second)
}

func TestAdoptKnowsLess(t *testing.T) {
	tree := New(Default())
	// It was seen to fork and to execute; what others tell is an older truth.
	feed(tree, fork(initd, task{}, shell), exec(22, shell, initd, "/bin/sh", "-l"), fork(shell, initd, child))
	p := told(t)
	wrong := *p
	wrong.PID, wrong.StartTime, wrong.Name = 7, 7, "wrong"
	wrongParent := *p.Parent
	wrongParent.Name, wrongParent.Args = "wrong", nil
	wrong.Parent = &wrongParent
	tree.Adopt(&wrong, 40*second)
	if info := processAt(t, tree, child, 32); info.PID != 101 || !info.StartTime.Equal(clock(30)) || info.ExecutionBinary.Inode != 22 {
		t.Errorf("the fork knows better: %+v", info)
	}
	if info := processAt(t, tree, shell, 32); len(info.Cmd) != 2 || info.ExecutionBinary.Device != 8 {
		t.Errorf("the exec knows better: %+v", info)
	}
	// An exec that comes after a lineage with it brings what that does not have.
	if info := processAt(t, tree, child, 40); info.ExecutionBinary.Path != "/bin/cat" || info.ExecutionBinary.Inode != 0 {
		t.Errorf("adopted: %+v", info)
	}
	feed(tree, exec(33, child, shell, "/bin/cat", "/etc/passwd"))
	if info := processAt(t, tree, child, 40); info.ExecutionBinary.Inode != 33 || threadAt(t, tree, child, 40).Name != "cat" {
		t.Errorf("executed: %+v", info)
	}
	if p, _ := tree.Lineage(child.entity(), 40*second); p.Name != "cat" {
		t.Errorf("lineage: %+v", *p)
	}
	// So does the snapshot.
	other := New(Default())
	other.Adopt(p, 40*second)
	feed(other, existing(50, initd, task{}, "/sbin/init", "--really"))
	if info := processAt(t, other, initd, 60); len(info.Cmd) != 2 {
		t.Errorf("found: %+v", info)
	}
	other.Adopt(told(t), 10*second)
	if info := processAt(t, other, initd, 60); len(info.Cmd) != 2 {
		t.Errorf("found, and adopted of an earlier time: %+v", info)
	}
}

// Whom only its own events told of is known better by a lineage.
func TestAdoptAfterSeen(t *testing.T) {
	tree := New(Default())
	c := child.context(shell)
	tree.Seen(c, 39*second)
	if _, status := tree.Lineage(child.entity(), 40*second); status != event.StatusNotFound {
		t.Errorf("status %v, want not found", status)
	}
	tree.Adopt(told(t), 40*second)
	if p, status := tree.Lineage(child.entity(), 40*second); status != event.StatusResolved || p.Parent == nil || p.Parent.Name != "sh" {
		t.Errorf("lineage %q, %v", line(p), status)
	}
	tree.Seen(&event.Context{}, 40*second)
	if tree.Len() != 3 {
		t.Errorf("%d processes", tree.Len())
	}
}

func TestAdoptIsCheapAgain(t *testing.T) {
	tree, p := New(Default()), told(t)
	tree.Adopt(p, 40*second)
	if n := testing.AllocsPerRun(100, func() { tree.Adopt(p, 41*second) }); n != 0 {
		t.Errorf("%v allocations for the same lineage", n)
	}
}

// BenchmarkAdopt is the same lineage, and one that another message brings.
func BenchmarkAdopt(b *testing.B) {
	tree := New(Default())
	p := ancestors(child, 40)
	b.Run("same", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			tree.Adopt(p, 40*second)
		}
	})
	b.Run("another", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			fresh := *p
			tree.Adopt(&fresh, 40*second)
		}
	})
}
