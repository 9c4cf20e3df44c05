package processtree

import "testing"

func TestByID(t *testing.T) {
	boss, first, second_, other := task{10, 1}, task{20, 5}, task{20, 50}, task{30, 7}
	thread := task{31, 9}
	tree := New(Default())
	feed(tree,
		fork(boss, task{}, first), exit(9, first, boss, true), fork(boss, task{}, second_),
		fork(boss, task{}, other), forkThread(other, boss, thread))
	for _, c := range []struct {
		name string
		id   int32
		task bool
		at   int64
		want task
		ok   bool
	}{
		{"the first that had it", 20, false, 6, first, true},
		{"at its end", 20, false, 9, first, true},
		{"after its end", 20, false, 20, first, true},
		{"the second", 20, false, 60, second_, true},
		{"before any", 20, false, 2, task{}, false},
		{"a thread", 31, true, 10, thread, true},
		{"a thread is no process", 31, false, 10, task{}, false},
		{"a process is its first thread", 30, true, 10, other, true},
		{"nobody", 99, true, 10, task{}, false},
	} {
		got, ok := tree.ByID(c.id, c.task, c.at*second)
		if ok != c.ok || ok && got != c.want.entity() {
			t.Errorf("%s: %d, %v, want %d, %v", c.name, got, ok, c.want.entity(), c.ok)
		}
	}
}
