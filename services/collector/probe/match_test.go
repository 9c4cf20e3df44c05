package probe

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
)

const tick = 10_000_000

// matcher compares what was seen with what must have been.
type matcher struct {
	// hooks is where each event is observed on this machine.
	hooks map[string]string
	// startBase is the moment that start times count from.
	startBase int64
	byThread  map[string][]*event.Event
	used      map[*event.Event]bool
}

func newMatcher(w *watched) *matcher {
	m := &matcher{hooks: map[string]string{}, byThread: map[string][]*event.Event{}, used: map[*event.Event]bool{}}
	boot := w.batches[0].Envelope.BootTime
	m.startBase = boot - boot%tick
	for _, a := range w.probe.Attachments() {
		m.hooks[a.Event] = a.Hook
	}
	for i := range w.events {
		e := &w.events[i]
		key := threadKey(e.Name(), e.Context.HostTID)
		m.byThread[key] = append(m.byThread[key], e)
		key = processKey(e.Name(), e.Context.HostPID)
		m.byThread[key] = append(m.byThread[key], e)
	}
	return m
}

func threadKey(name string, tid int32) string { return fmt.Sprintf("%s/%d", name, tid) }

func processKey(name string, pid int32) string { return fmt.Sprintf("%s/process %d", name, pid) }

// find looks for the event that is as expected in all. Each event answers one
// expectation only.
func (m *matcher) find(t *testing.T, want *expected) {
	t.Helper()
	if want.OnlyAtExit && m.hooks[want.Event] != string(catalogue.SysExit) {
		return
	}
	best := []string{"no such event of the thread at all"}
	first := true
	key := threadKey(want.Event, want.Facts.HostTID)
	if want.AnyThread {
		key = processKey(want.Event, want.Facts.HostPID)
	}
	for _, e := range m.byThread[key] {
		if m.used[e] {
			continue
		}
		diff := m.differences(e, want)
		if len(diff) == 0 {
			m.used[e] = true
			return
		}
		if first || len(diff) < len(best) {
			best, first = diff, false
		}
	}
	t.Errorf("%s: %s%v: the nearest differs in\n\t%s", want.Where, want.Event, want.Args, strings.Join(best, "\n\t"))
}

// absent makes sure that a thread caused no such event.
func (m *matcher) absent(t *testing.T, want *expected) {
	t.Helper()
	for _, e := range m.byThread[threadKey(want.Event, want.Facts.HostTID)] {
		same := true
		for name, text := range want.Args {
			v, _ := e.Arg(name)
			same = same && v.String() == text
		}
		if same {
			t.Errorf("%s: there must be no %s with %v: %+v", want.Where, want.Event, want.Args, e)
		}
	}
}

// differences lists every fact that is not as expected.
func (m *matcher) differences(e *event.Event, want *expected) (list []string) {
	differ := func(what string, got, want any) {
		if got != want {
			list = append(list, fmt.Sprintf("%s: got %v, want %v", what, got, want))
		}
	}
	kind := catalogue.ByName(want.Event)
	byHook := slices.Contains([]string{"lsm", "fentry", "kprobe"}, e.Hook)
	for _, a := range kind.Args {
		text, told := want.Args[a.Name]
		if byHook && laterThanHook(want, a.Name) {
			continue
		}
		if !told {
			list = append(list, a.Name+": the test says nothing of it")
			continue
		}
		v, _ := e.Arg(a.Name)
		got := v.String()
		if strings.HasPrefix(text, "ticks:") {
			n, _ := v.Int()
			got = fmt.Sprintf("ticks:%d", (n-m.startBase)/tick)
		}
		if text == eitherAsync && (got == "0" || got == strconv.Itoa(sqeAsync)) {
			continue
		}
		if n, _ := v.Int(); byHook && want.ByRing && want.Event == "security_file_open" && a.Name == "flags" {
			// A ring first tries what would not block.
			got = strconv.FormatInt(n&^unix.O_NONBLOCK, 10)
		}
		differ(a.Name, got, text)
	}
	for name := range maps.Keys(want.Args) {
		if kind.Arg(name) < 0 {
			list = append(list, name+": the event has no such argument")
		}
	}
	hook := m.hooks[want.Event]
	if want.Hook != "" {
		hook = want.Hook
	}
	if want.ByRing {
		if hook == string(catalogue.SysExit) {
			hook = string(catalogue.Tracepoint)
			differ("result", e.ReturnValue, want.Ret)
		}
		// A hook inside the kernel shows the syscall that the thread was in.
		want.Syscall = e.Syscall
	}
	differ("hook", e.Hook, hook)
	differ("syscall", e.Syscall, want.Syscall)
	differ("compat", e.Compat, want.Compat)
	if hook == string(catalogue.SysExit) {
		differ("return value", e.ReturnValue, want.Ret)
	} else if !want.ByRing {
		differ("return value", e.ReturnValue, int64(0))
	}
	if want.AnyThread || byHook && want.Event == "security_bprm_check" {
		return list
	}
	return append(list, m.contextDifferences(e.Context, &want.Facts)...)
}

// laterThanHook reports whether an argument is not the same at the kernel's own
// hook: a program's arguments are still those of the caller there, before a
// script's interpreter, a ring's open has its name, and a file that is opened to
// be emptied is not yet.
func laterThanHook(want *expected, arg string) bool {
	if flags, err := strconv.Atoi(want.Args["flags"]); err == nil && want.Event == "security_file_open" &&
		arg == "ctime" && flags&unix.O_TRUNC != 0 {
		return true
	}
	return want.Event == "security_bprm_check" && arg == "argv" || want.ByRing && arg == "syscall_pathname"
}

// contextDifferences compares every field of the context that the kernel fills.
func (m *matcher) contextDifferences(c *event.Context, f *facts) (list []string) {
	start := func(ticks int64) int64 { return m.startBase + ticks*tick }
	got := facts{
		HostPID: c.HostPID, HostTID: c.HostTID, HostPPID: c.HostPPID, PID: c.PID, TID: c.TID, PPID: c.PPID,
		UID: c.UID, GID: c.GID, EUID: c.EUID, LoginUID: c.LoginUID,
		Ticks: (c.ThreadStartTime - m.startBase) / tick, LeaderTicks: f.LeaderTicks, ParentTicks: f.ParentTicks,
		MountNS: c.MountNS, PIDNS: c.PIDNS, NetNS: c.NetNS, CgroupID: c.CgroupID, UnifiedCgroupID: c.UnifiedCgroupID,
		Capabilities: c.Capabilities, TTY: c.TTY, Comm: c.ProcessName, HostName: c.HostName,
	}
	if got != *f {
		list = append(list, fmt.Sprintf("context:\n\t got %+v,\n\twant %+v", got, *f))
	}
	for _, id := range []struct {
		name      string
		got, want uint32
	}{
		{"thread", c.ThreadEntityID, event.EntityID(f.HostTID, start(f.Ticks))},
		{"process", c.ProcessEntityID, event.EntityID(f.HostPID, start(f.LeaderTicks))},
		{"parent", c.ParentEntityID, event.EntityID(f.HostPPID, start(f.ParentTicks))},
	} {
		if id.got != id.want {
			list = append(list, fmt.Sprintf("entity id of the %s: got %d, want %d", id.name, id.got, id.want))
		}
	}
	return list
}

// kernelEvents are the events that programs in the kernel make of what a process
// does. Those of packets and of rootkits have tests of their own.
func kernelEvents() (names []string) {
	others := []catalogue.Hook{
		catalogue.Procfs, catalogue.Runtime, catalogue.Collector, catalogue.Iterator, catalogue.CgroupSKB,
	}
	for e := range catalogue.All() {
		if e.Type != catalogue.EventFlood && !slices.Contains(others, e.Hooks[0]) {
			names = append(names, e.Name)
		}
	}
	return names
}
