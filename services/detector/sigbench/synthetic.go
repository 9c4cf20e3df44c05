package sigbench

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/detector/engine"
)

// Synthetic returns events of each kind that the set selects and Weir observes,
// each so many times: made up, the same in every run, and like those of a busy
// machine in what their arguments hold.
func Synthetic(set *engine.Set, each int) []*event.Event {
	names := set.Interest().Names()
	if slices.Contains(names, interest.All) {
		names = catalogue.Names()
	}
	shapes := catalogue.Shapes()
	random := rand.New(rand.NewPCG(1, 2))
	var events []*event.Event
	for range each {
		for _, name := range names {
			if shape := shapes[name]; shape != nil {
				e := synthesise(random, shape)
				e.Seq = uint64(len(events) + 1)
				events = append(events, e)
			}
		}
	}
	return events
}

// synthesise makes one event of a kind.
func synthesise(random *rand.Rand, shape *event.Shape) *event.Event {
	programs := []string{"/usr/bin/bash", "/usr/sbin/sshd", "/usr/bin/python3.11", "/usr/bin/curl", "/usr/lib/systemd/systemd"}
	program := pick(random, programs)
	pid := random.Int32N(60000) + 1
	c := &event.Context{
		Node: "node", BootID: "synthetic", HostName: "node",
		PID: pid, TID: pid, PPID: 1, HostPID: pid, HostTID: pid, HostPPID: 1, UID: random.Uint32N(2) * 1000,
		Executable: program, ProcessName: program[strings.LastIndex(program, "/")+1:],
	}
	if random.IntN(3) == 0 {
		c.Container = event.Container{ID: fmt.Sprintf("%064x", random.Uint64()), Image: "registry.example/app:1"}
		c.ContainerStarted = random.IntN(10) > 0
	}
	e := &event.Event{Shape: shape, Context: c, Time: 1_700_000_000_000_000_000 + random.Int64N(1_000_000_000)}
	for _, arg := range shape.Args {
		e.Values = append(e.Values, value(random, arg))
	}
	return e
}

// value makes up the value of an argument by its type.
func value(random *rand.Rand, arg event.ArgSpec) event.Value {
	paths := []string{
		"/etc/passwd", "/etc/shadow", "/etc/ld.so.preload", "/usr/lib/x86_64-linux-gnu/libc.so.6", "/proc/self/maps",
		"/var/log/syslog", "/tmp/build/x.o", "/home/user/.bashrc", "/dev/null", "/dev/shm/x", "memfd:x",
	}
	switch typ := arg.Type; {
	case typ == "const char*":
		return event.String(pick(random, paths))
	case strings.HasPrefix(typ, "const char*"):
		return event.Strings([]string{pick(random, paths), "-c", pick(random, paths)})
	case strings.HasPrefix(typ, "struct sockaddr"):
		return event.Map("sa_family", "AF_INET", "sin_addr", fmt.Sprintf("10.0.0.%d", random.IntN(255)), "sin_port", "443")
	case typ == "bool":
		return event.Bool(random.IntN(2) == 0)
	default:
		return event.Int(random.Int64N(8))
	}
}

func pick(random *rand.Rand, list []string) string { return list[random.IntN(len(list))] }
