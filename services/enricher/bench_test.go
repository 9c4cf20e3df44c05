package enricher

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/record"
)

// mix is how many events of 1,000 are of which kind: a node that builds and
// serves at the same time, with signatures for files, programs and the network.
// Files are opened most by far. Each program that runs is a fork, mostly an exec,
// and an exit; shells fork more than they execute. Each connection to a name has a
// DNS answer, most of which programs keep for some connections.
const (
	mixOpen    = 700
	mixConnect = 150
	mixDNS     = 60
	mixExit    = 35
	mixFork    = 30
	mixExec    = 25
)

// inContainers is how many processes of 100 are in one of ten containers, which
// their runtime has told of.
const inContainers = 30

// load makes messages of the mix.
type load struct {
	*rand.Rand
	living  []*task
	kinds   []int
	at, seq uint64
	pid     int32
}

func newLoad() *load {
	l := &load{Rand: rand.New(rand.NewPCG(1, 2)), at: 1_000_000, seq: seqBase, pid: 1000}
	for kind, n := range []int{mixOpen, mixConnect, mixDNS, mixExit, mixFork, mixExec} {
		for range n {
			l.kinds = append(l.kinds, kind)
		}
	}
	for len(l.living) < 200 {
		l.born(initd)
	}
	return l
}

// born makes a process: of a container, or of its parent's place.
func (l *load) born(parent *task) *task {
	l.pid++
	k := parent.child(l.pid, l.at)
	k.cgroup, k.mountNS, k.comm = 1, 9, "worker"
	if l.IntN(100) < inContainers {
		k.cgroup, k.mountNS = uint64(10+l.IntN(10)), 77
	}
	k.parent = initd // else the tests' tasks form an endless chain
	l.living = append(l.living, k)
	return k
}

// first is what the node tells at the start.
func (l *load) first() *raw {
	m := l.begin().cgroup(catalogue.ExistingCgroup, 1, 1, "/").exec(20, initd, "/sbin/init")
	for i := range 10 {
		m.cgroup(catalogue.ExistingCgroup, 2, uint64(10+i), "/docker/"+boxID(i)).
			told(catalogue.ExistingContainer, 3, boxID(i), fmt.Sprint("box-", i))
	}
	for _, k := range l.living {
		m.exec(l.at, k, "/usr/bin/worker", "--verbose")
	}
	return l.finish(m)
}

func (l *load) begin() *raw {
	m := newRaw()
	m.env.FirstSeq = l.seq
	return m
}

func (l *load) finish(m *raw) *raw {
	l.seq += uint64(m.env.Count)
	m.env.MinTime, m.env.MaxTime = bootTime+int64(l.at*ms), bootTime+int64(l.at*ms)
	return m
}

// message is the next one: 256 events within some 10 ms.
func (l *load) message() *raw {
	m := l.begin()
	for i := 0; m.env.Count < 256; i++ {
		if i%25 == 24 {
			l.at++
		}
		who := l.living[l.IntN(len(l.living))]
		address := fmt.Sprintf("10.%d.%d.7", l.IntN(4), l.IntN(50))
		switch l.kinds[l.IntN(len(l.kinds))] {
		case 0:
			m.open(l.at, who, fmt.Sprintf("/usr/lib/x86_64-linux-gnu/lib%d.so.1", l.IntN(400)))
		case 1:
			m.connected(l.at, who, 5, address+":443")
		case 2:
			m.answered(catalogue.NetPacketDNSResponse, l.at, who, 5, answer(fmt.Sprintf("service-%d.prod.example.com", l.IntN(300)), 60, address))
		case 3:
			if i := l.IntN(len(l.living)); len(l.living) > 100 {
				m.exit(l.at, l.living[i])
				l.living = append(l.living[:i], l.living[i+1:]...)
			}
		case 4:
			m.fork(l.at, initd, l.born(initd))
		default:
			m.exec(l.at, who, fmt.Sprintf("/usr/bin/tool-%d", l.IntN(50)), "--input", "/tmp/some/file", "--verbose")
		}
	}
	return l.finish(m)
}

// feed is a stream of the mix, with what comes before it.
func feed(b *testing.B, messages int) (first stage.Message, list []stage.Message) {
	b.Helper()
	l := newLoad()
	first = l.first().message(b, 1)
	for i := range messages {
		list = append(list, l.message().message(b, uint64(i+2)))
	}
	return first, list
}

const (
	benchMessages = 400
	benchEvents   = 256 * benchMessages
)

// BenchmarkHandle is all that the stage does: decode, enrich, encode.
func BenchmarkHandle(b *testing.B) {
	first, list := feed(b, benchMessages)
	b.ReportAllocs()
	var used int64
	for b.Loop() {
		b.StopTimer()
		r := newRig(b, nil)
		mustHandle(b, r.handler, first)
		b.StartTimer()
		began := processorTime(b)
		for _, in := range list {
			mustHandle(b, r.handler, in)
		}
		used += processorTime(b) - began
	}
	b.ReportMetric(float64(used)/float64(b.N)/benchEvents, "cpu-ns/event")
}

func mustHandle(b *testing.B, h stage.Handler, in stage.Message) {
	b.Helper()
	if _, err := h.Handle(context.Background(), in); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkEnrich is enrichment alone, of events that are decoded already: the
// process with its ancestors, the container and its pod, the names of addresses,
// the masking of secrets and the choice of the partition.
func BenchmarkEnrich(b *testing.B) {
	first, list := feed(b, benchMessages)
	b.ReportAllocs()
	var used int64
	for b.Loop() {
		b.StopTimer()
		r := newRig(b, nil)
		h, ok := r.handler.(*handler)
		if !ok {
			b.Fatal("another handler")
		}
		mustHandle(b, h, first)
		for _, in := range list {
			raw, err := record.Unmarshal(in.Data)
			if err != nil {
				b.Fatal(err)
			}
			var t tally
			n, _ := h.node(raw.Envelope, &t)
			env := envelope(raw.Envelope)
			h.decode(context.Background(), raw, env, &t)
			b.StartTimer()
			began := processorTime(b)
			err = h.enrich(n, env, false, &t)
			n.advance(&t)
			used += processorTime(b) - began
			b.StopTimer()
			if err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(used)/float64(b.N)/benchEvents, "cpu-ns/event")
}

// processorTime returns what the process has used so far, in nanoseconds: on a
// busy machine it says more than the clock.
func processorTime(b *testing.B) int64 {
	var use unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return use.Utime.Nano() + use.Stime.Nano()
}

// realistic is a batch of the mix, after what the node tells at the start.
func realistic() *raw { return newLoad().message() }
