package processtree

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/statepb"
)

// grown is a tree that has been through a lot.
func grown(seed uint64, n int) *Tree {
	rnd := rand.New(rand.NewPCG(seed, 5))
	tree := New(Limits{Bytes: 256 << 10, Grace: time.Minute})
	for _, do := range acts(rnd, n) {
		do(tree)
	}
	return tree
}

func TestRestoreRefuses(t *testing.T) {
	last := func(s *statepb.ProcessTree) *statepb.ProcessTree_Process { return s.Processes[len(s.Processes)-1] }
	image := func(s *statepb.ProcessTree) *statepb.ProcessTree_Image {
		for _, p := range s.Processes {
			if len(p.Images) > 1 {
				return p.Images[1]
			}
		}
		return nil
	}
	tests := []struct {
		name   string
		damage func(s *statepb.ProcessTree)
		want   string
	}{
		{"version", func(s *statepb.ProcessTree) { s.Version = 2 }, "version 2, want 1"},
		{"empty", func(s *statepb.ProcessTree) { *s = statepb.ProcessTree{} }, "version 0"},
		{"process twice", func(s *statepb.ProcessTree) { s.Processes = append(s.Processes, last(s)) }, "twice"},
		{"no entity", func(s *statepb.ProcessTree) { last(s).Entity = 0 }, "without an id"},
		{"not kept", func(s *statepb.ProcessTree) { last(s).Kept = nil }, "no possible size"},
		{"large", func(s *statepb.ProcessTree) { last(s).Kept.Size = 1 << 62 }, "no possible size"},
		{"source", func(s *statepb.ProcessTree) { last(s).Source = 99 }, "source"},
		{"container", func(s *statepb.ProcessTree) { last(s).Container = 1 << 30 }, "reference"},
		{"name", func(s *statepb.ProcessTree) { last(s).First.Name = 1 << 30 }, "reference"},
		{"arguments", func(s *statepb.ProcessTree) { last(s).First.Args = 1 << 30 }, "reference"},
		{"lineage", func(s *statepb.ProcessTree) { last(s).First.Handed = 1 << 30 }, "reference"},
		{"image order", func(s *statepb.ProcessTree) { image(s).Time = -1 }, "not in order"},
		{"dropped nothing", func(s *statepb.ProcessTree) {
			s.Processes = []*statepb.ProcessTree_Process{{Entity: 1, Kept: &statepb.ProcessTree_Kept{Size: 1}, Dropped: true}}
			s.Handed = nil
		}, "not in order"},
		{"too many images", func(s *statepb.ProcessTree) {
			last(s).Images = make([]*statepb.ProcessTree_Image, maxImages+1)
		}, "too many"},
		{"too many names", func(s *statepb.ProcessTree) {
			last(s).Selves = make([]*statepb.ProcessTree_Identity, maxIdentities+1)
		}, "too many"},
		{"names at once", func(s *statepb.ProcessTree) {
			last(s).Selves = make([]*statepb.ProcessTree_Identity, 2)
		}, "not in order"},
		{"empty list", func(s *statepb.ProcessTree) { s.Lists[0].Texts = nil }, "list 0: 0 texts"},
		{"list of nothing", func(s *statepb.ProcessTree) { s.Lists[0].Texts[0] = 1 << 30 }, "list 0"},
		{"lineage of a later one", func(s *statepb.ProcessTree) { s.Handed[0].Parent = 2 }, "lineage 0: parent"},
		{"lineage of no process", func(s *statepb.ProcessTree) { s.Handed[0].Process = 1 << 30 }, "lineage 0"},
		{"lineage of no image", func(s *statepb.ProcessTree) { s.Handed[0].Process, s.Handed[0].Image = 1, 99 }, "lineage 0"},
		{"endless lineage", func(s *statepb.ProcessTree) {
			for range 12 {
				s.Handed = append(s.Handed, &statepb.ProcessTree_Handed{Parent: uint32(len(s.Handed))})
			}
		}, "more than 8 ancestors"},
		{"thread", func(s *statepb.ProcessTree) { s.Threads[0].Kept.Size = 0 }, "thread 0"},
		{"thread's source", func(s *statepb.ProcessTree) { s.Threads[0].Source = 9 }, "thread 0"},
		{"thread's name", func(s *statepb.ProcessTree) { s.Threads[0].Name = 1 << 30 }, "thread 0"},
		{"missing and there", func(s *statepb.ProcessTree) { s.Missing = []uint32{last(s).Entity} }, "missing and there"},
		{"much missing", func(s *statepb.ProcessTree) { s.Missing = make([]uint32, maxMissing+1) }, "missing parents"},
		{"count", func(s *statepb.ProcessTree) { s.Counts.Images = 1 << 63 }, "negative"},
	}
	text := bytesOf(t, grown(1, 2000))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s statepb.ProcessTree
			if err := s.UnmarshalVT(text); err != nil {
				t.Fatal(err)
			}
			tt.damage(&s)
			tree, err := Restore(Default(), &s)
			if tree != nil || err == nil || !strings.HasPrefix(err.Error(), "processtree: ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, %v, want an error with %q", tree, err, tt.want)
			}
		})
	}
	if _, err := Restore(Default(), nil); err == nil {
		t.Error("no error without a state")
	}
}

// A tree may be restored with less memory than it had.
func TestRestoreWithOtherLimits(t *testing.T) {
	tree := grown(2, 3000)
	small, err := Restore(Limits{Bytes: tree.Bytes() / 4, Grace: time.Minute}, tree.State())
	if err != nil {
		t.Fatal(err)
	}
	small.Advance(0)
	if small.Bytes() > tree.Bytes()/4 || small.Len() == 0 || small.Counts().Processes <= tree.Counts().Processes {
		t.Errorf("%d bytes for %d processes, %+v evicted", small.Bytes(), small.Len(), small.Counts())
	}
}

// What is handed out after a restore shares its ancestors as before.
func TestRestoredLineagesAreShared(t *testing.T) {
	tree := New(Default())
	feed(tree, existing(15, initd, task{}, "/sbin/init"), fork(initd, task{}, shell), exec(21, shell, initd, "/bin/sh"))
	other := task{102, 40}
	feed(tree, fork(shell, initd, child), fork(shell, initd, other), exec(50, child, shell, "/bin/cat"))
	again := carried(t, tree)
	a, _ := again.Lineage(child.entity(), 60*second)
	b, _ := again.Lineage(other.entity(), 60*second)
	if a.Parent == nil || a.Parent != b.Parent || a.Parent.Parent == nil || a.Parent.Name != "sh" {
		t.Errorf("lineages %s and %s do not share", line(a), line(b))
	}
	if epoch := again.epoch; epoch != 1 {
		t.Errorf("asking made the epoch %d", epoch)
	}
}

// FuzzRestore gives a tree bytes that may be anything, and uses what comes of it.
func FuzzRestore(f *testing.F) {
	for seed := range uint64(4) {
		f.Add(bytesOf(f, grown(seed, 20+20*int(seed))))
	}
	f.Add(bytesOf(f, New(Default())))
	f.Add([]byte("\x08\x01"))
	rnd := rand.New(rand.NewPCG(9, 9))
	more := acts(rnd, 60)
	f.Fuzz(func(t *testing.T, text []byte) {
		var s statepb.ProcessTree
		if s.UnmarshalVT(text) != nil {
			return
		}
		tree, err := Restore(Limits{Bytes: 256 << 10, Grace: time.Minute}, &s)
		if err != nil {
			if tree != nil {
				t.Fatal("a tree and an error")
			}
			return
		}
		carried(t, tree)
		for it := range tree.processes.Items() {
			asks(tree, task{it.Value.pid, 1}, 40)
			tree.processInfo(it, 40*second)
			tree.ancestry(it, 40*second, 5)
		}
		for _, k := range slices.Collect(tree.threads.Ghosts()) {
			if _, status := tree.Lineage(k, 0); status == event.StatusNone {
				t.Fatal("no status")
			}
		}
		for _, do := range more {
			do(tree)
		}
		tree.Advance(1000 * second)
	})
}
