package processtree

import "github.com/weirsec/weir/schemas/event"

// maxName is how many bytes of a program's name are a thread's name, where the
// kernel did not say: as many as Tracee takes.
const maxName = 16

// forkArgs are the arguments of sched_process_fork that count here.
type forkArgs struct{ pid, tid, nsPID, nsTID, start int64 }

func readFork(e *event.Event) (f forkArgs) {
	for i := range e.Shape.Args[:min(len(e.Shape.Args), len(e.Values))] {
		n, _ := e.Values[i].Int()
		switch e.Shape.Args[i].Name {
		case "child_pid":
			f.pid = n
		case "child_tid":
			f.tid = n
		case "child_ns_pid":
			f.nsPID = n
		case "child_ns_tid":
			f.nsTID = n
		case "start_time":
			f.start = n
		}
	}
	return f
}

// execArgs are the arguments of sched_process_exec that count here; the texts
// are the event's.
type execArgs struct {
	cmdpath, pathname string
	argv              []string
	file              file
}

func readExec(e *event.Event) (x execArgs) {
	for i := range e.Shape.Args[:min(len(e.Shape.Args), len(e.Values))] {
		v := e.Values[i]
		switch e.Shape.Args[i].Name {
		case "cmdpath":
			x.cmdpath = v.Text()
		case "pathname":
			x.pathname = v.Text()
		case "argv":
			x.argv = v.List()
		case "interpreter_pathname":
			x.file.loader = v.Text()
		case "interp":
			x.file.interp = v.Text()
		case "upper_layer":
			x.file.upper = truth(v)
		case "memfd":
			x.file.memfd = truth(v)
		case "deleted":
			x.file.deleted = truth(v)
		case "inode":
			x.file.inode, _ = v.Uint()
		case "ctime":
			x.file.ctime, _ = v.Int()
		case "dev":
			x.file.device = small(v)
		case "inode_mode":
			x.file.mode = small(v)
		}
	}
	return x
}

// file returns a copy of what an exec told of its file, nil where it told nothing.
func (t *Tree) file(x *execArgs) *file {
	if x.file == (file{}) {
		return nil
	}
	f := x.file
	f.loader, f.interp = t.shared(f.loader), t.shared(f.interp)
	return &f
}

func small(v event.Value) uint32 {
	n, _ := v.Uint()
	return uint32(n)
}

func number(e *event.Event, name string) int64 {
	v, _ := e.Arg(name)
	n, _ := v.Int()
	return n
}

func text(e *event.Event, name string) string {
	v, _ := e.Arg(name)
	return v.Text()
}

func list(e *event.Event, name string) []string {
	v, _ := e.Arg(name)
	return v.List()
}

// truth reads a bool in either of the forms that it comes in.
func truth(v event.Value) bool {
	n, _ := v.Int()
	return v.Bool() || n != 0
}

// base returns the last component of a path.
func base(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			return path[i+1:]
		}
	}
	return path
}
