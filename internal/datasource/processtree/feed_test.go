package processtree

import (
	"fmt"
	"time"

	"github.com/weirsec/weir/schemas/event"
)

const second = int64(time.Second)

// task names a process in the tests: its pid and its start in seconds.
type task struct {
	pid   int32
	start int64
}

func (k task) entity() uint32 { return event.EntityID(k.pid, k.start*second) }

func (k task) context(parent task) *event.Context {
	return &event.Context{
		HostPID: k.pid, HostTID: k.pid, HostPPID: parent.pid, PID: k.pid, TID: k.pid,
		ThreadStartTime: k.start * second, ProcessName: fmt.Sprint("n", k.pid),
		ProcessEntityID: k.entity(), ThreadEntityID: k.entity(), ParentEntityID: parent.entity(),
	}
}

// args makes a shape of the names and values in turn.
func args(name string, pairs ...any) (*event.Shape, []event.Value) {
	s := &event.Shape{Name: name}
	var values []event.Value
	for i := 0; i < len(pairs); i += 2 {
		s.Args = append(s.Args, event.ArgSpec{Name: pairs[i].(string)})
		values = append(values, pairs[i+1].(event.Value))
	}
	return s, values
}

func fork(parent, grand, child task) event.Event {
	shape, values := args("sched_process_fork",
		"child_tid", event.Int(int64(child.pid)), "child_pid", event.Int(int64(child.pid)),
		"child_ns_pid", event.Int(int64(child.pid)), "start_time", event.Uint(uint64(child.start*second)))
	return event.Event{Time: child.start * second, Shape: shape, Values: values, Context: parent.context(grand)}
}

// of makes the context of a process that of one of its other threads.
func (k task) of(c *event.Context) *event.Context {
	c.HostTID, c.TID, c.ThreadStartTime, c.ThreadEntityID = k.pid, k.pid, k.start*second, k.entity()
	return c
}

// forkThread is the fork of a thread by the first thread of its process.
func forkThread(who, parent, thread task) event.Event {
	shape, values := args("sched_process_fork",
		"child_tid", event.Int(int64(thread.pid)), "child_pid", event.Int(int64(who.pid)),
		"child_ns_tid", event.Int(int64(thread.pid)), "child_ns_pid", event.Int(int64(who.pid)),
		"start_time", event.Uint(uint64(thread.start*second)))
	return event.Event{Time: thread.start * second, Shape: shape, Values: values, Context: who.context(parent)}
}

func exitThread(at int64, who, parent, thread task, group bool) event.Event {
	e := exit(at, who, parent, group)
	e.Context = thread.of(e.Context)
	return e
}

func exec(at int64, who, parent task, argv ...string) event.Event {
	shape, values := args("sched_process_exec",
		"cmdpath", event.String(argv[0]), "pathname", event.String(argv[0]), "dev", event.Uint(8),
		"inode", event.Uint(uint64(at)), "ctime", event.Uint(uint64(at*second)), "inode_mode", event.Uint(0o100755),
		"interpreter_pathname", event.String("/lib/ld.so"), "interp", event.String(argv[0]), "argv", event.Strings(argv),
		"upper_layer", event.Bool(at%2 == 0), "memfd", event.Bool(false), "deleted", event.Bool(at%3 == 0))
	c := who.context(parent)
	c.ProcessName = base(argv[0])
	return event.Event{Time: at * second, Shape: shape, Values: values, Context: c}
}

func exit(at int64, who, parent task, group bool) event.Event {
	shape, values := args("sched_process_exit", "exit_code", event.Int(0), "process_group_exit", event.Bool(group))
	return event.Event{Time: at * second, Shape: shape, Values: values, Context: who.context(parent)}
}

func existing(at int64, who, parent task, argv ...string) event.Event {
	shape, values := args("existing_process",
		"pathname", event.String(argv[0]), "argv", event.Strings(argv),
		"start_time", event.Uint(uint64(who.start*second)))
	return event.Event{Time: at * second, Shape: shape, Values: values, Context: who.context(parent)}
}

func feed(t *Tree, events ...event.Event) {
	for i := range events {
		t.Apply(&events[i])
	}
}

// line renders a lineage: "pid:executable(arguments)" from the process up.
func line(p *event.Process) string {
	s := ""
	for ; p != nil; p = p.Parent {
		s += fmt.Sprintf("%d:%s%v ", p.PID, p.Executable, p.Args)
	}
	return s
}
