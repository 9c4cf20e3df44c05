package processtree

import (
	"math/rand/v2"
	"testing"

	"github.com/weirsec/weir/schemas/event"
)

// TestEnded tells of a process's end in all orders.
func TestEnded(t *testing.T) {
	worker := task{150, 25}
	born, thread := fork(initd, task{}, shell), forkThread(shell, initd, worker)
	quiet := exit(40, shell, initd, true) // nobody says who was the last
	quiet.Shape, quiet.Values = args("sched_process_exit", "exit_code", event.Int(0))
	tests := []struct {
		name string
		feed []event.Event
		// want is when the process ended, first when its first thread did, and
		// other the other one, 0 for not; gone whether it may be forgotten.
		want, first, other int64
		gone               bool
	}{
		{"alive", []event.Event{born, thread}, 0, 0, 0, false},
		{"the only thread", []event.Event{born, exit(40, shell, initd, true)}, 40, 40, 0, true},
		{"nobody says", []event.Event{born, quiet}, 40, 40, 0, true},
		{"first leaves another", []event.Event{born, thread, exit(40, shell, initd, false)}, 0, 40, 0, false},
		{
			"first before the last",
			[]event.Event{born, thread, exit(40, shell, initd, false), exitThread(45, shell, initd, worker, true)},
			45, 40, 45, true,
		},
		{
			"first is the last",
			[]event.Event{born, thread, exitThread(39, shell, initd, worker, false), exit(40, shell, initd, true)},
			40, 40, 39, true,
		},
		{"says others, but none is known", []event.Event{born, exit(40, shell, initd, false)}, 40, 40, 0, true},
		{"others may be unknown", []event.Event{existing(22, shell, initd, "/bin/sh"), exit(40, shell, initd, false)}, 0, 40, 0, false},
		{
			"another takes its place by executing",
			[]event.Event{born, thread, exit(40, shell, initd, false), exec(41, shell, initd, "/bin/next")},
			0, 0, 41, false,
		},
		{
			"and ends later", []event.Event{
				born, thread, exit(40, shell, initd, false), exec(41, shell, initd, "/bin/next"), exit(50, shell, initd, true),
			}, 50, 50, 0, true,
		},
		{"exit of the first was lost", []event.Event{born, thread, exitThread(45, shell, initd, worker, true)}, 0, 0, 45, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(1, 1))
			for range 24 {
				tree := New(Default())
				for _, i := range rnd.Perm(len(tt.feed)) {
					feed(tree, tt.feed[i])
				}
				it := tree.processes.Peek(shell.entity())
				if got := tree.ended(it); got != tt.want*second {
					t.Errorf("ended at %d, want %d", got/second, tt.want)
				}
				info := processAt(t, tree, shell, 60)
				if info.IsAlive != (tt.want == 0) || nanos(info.ExitTime) != tt.want*second {
					t.Errorf("process: %+v", info)
				}
				if first := threadAt(t, tree, shell, 60); nanos(first.ExitTime) != tt.first*second || first.IsAlive != (tt.first == 0) {
					t.Errorf("first thread: %+v", first)
				}
				if it := tree.threads.Peek(worker.entity()); it != nil && tree.endOf(it) != tt.other*second {
					t.Errorf("other thread ended at %d, want %d", tree.endOf(it)/second, tt.other)
				}
			}
			// In order, it is also kept for as long as it should be.
			tree := New(Default())
			feed(tree, tt.feed...)
			if _, retired := tree.processes.Peek(shell.entity()).Retired(); retired != tt.gone {
				t.Errorf("to be forgotten: %v, want %v", retired, tt.gone)
			}
		})
	}
}

// The threads of a process that is over are forgotten with it, told or not.
func TestThreadsGoWithTheirProcess(t *testing.T) {
	tree := New(Default())
	feed(tree, fork(initd, task{}, shell), forkThread(shell, initd, task{150, 25}), forkThread(shell, initd, task{151, 26}),
		exitThread(30, shell, initd, task{150, 25}, false), exit(31, shell, initd, true))
	if _, status, err := tree.thread(event.EntityID(151, 26*second), 40*second); status != event.StatusStale || !err {
		t.Errorf("status %v, want stale: nobody told of its end", status)
	}
	tree.Advance(31*second + int64(Default().Grace))
	if tree.Len() != 1 || tree.Threads() != 0 {
		t.Errorf("%d processes and %d threads are left", tree.Len(), tree.Threads())
	}
	if len(tree.tasks.first) != 0 || tree.children.first[initd.entity()] != nil {
		t.Error("there are still relations to what is gone")
	}
}
