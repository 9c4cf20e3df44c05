package fault

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/weirsec/weir/internal/bus"
)

const (
	cont  = syscall.SIGCONT
	pause = syscall.SIGSTOP
)

// The kinds of faults that a plan is drawn from.
const (
	killService   = "kill a service"
	killCollector = "kill a collector"
	pauseOwner    = "pause an owner"
	rolling       = "restart everything"
	stopNATS      = "stop the broker"
	killNATS      = "kill the broker"
	cutNode       = "cut a node off"
	cutOwner      = "cut owners off"
	killLeader    = "kill the leader"
	partNode      = "partition a node"
	partOwner     = "partition owners"
	jumpClock     = "jump of the clock"
)

var (
	kindsAlone   = []string{killService, killCollector, pauseOwner, rolling, stopNATS, killNATS, cutNode, cutOwner}
	kindsCluster = []string{killLeader, killService, pauseOwner, killCollector}
)

// kindsNetns are the partitions, which need network namespaces.
func kindsNetns() (kinds []string) {
	for _, way := range waysToFail() {
		kinds = append(kinds, partNode+": "+way, partOwner+": "+way)
	}
	return kinds
}

// step is one thing that is done.
type step struct {
	at   time.Duration
	what string
	do   func(r *run)
	// kind is of what it is a part.
	kind string
}

// plan is what happens in a run.
type plan []step

func (p plan) String() string {
	var b strings.Builder
	for _, s := range p {
		fmt.Fprintf(&b, "%6dms %s\n", s.at.Milliseconds(), s.what)
	}
	return b.String()
}

// carryOut does everything in time.
func (p plan) carryOut(r *run) {
	for _, s := range p {
		time.Sleep(time.Until(r.began.Add(s.at)))
		r.note("%s", s.what)
		s.do(r)
	}
}

// without leaves the faults of some kinds out, which cut what is not there where
// the network is a real one: their begin and their end.
func (p plan) without(kinds ...string) plan {
	return slices.DeleteFunc(p, func(s step) bool { return slices.Contains(kinds, s.kind) })
}

// draw adds n faults of the kinds.
func draw(r *rand.Rand, kinds []string, n int) plan {
	var p plan
	for range n {
		p = append(p, fault(r, kinds[r.IntN(len(kinds))])...)
	}
	slices.SortStableFunc(p, func(a, b step) int { return int(a.at - b.at) })
	return p
}

// fault is one fault at any time of the load.
func fault(r *rand.Rand, kind string) plan {
	between := func(least, most time.Duration) time.Duration { return least + rand64(r, most-least) }
	at := between(200*time.Millisecond, load-200*time.Millisecond)
	n := r.IntN(len(roles) * len(instances))
	name := roles[n/len(instances)] + "-" + instances[n%len(instances)]
	pair := func(d time.Duration, what, end string, begin, over func(r *run)) plan {
		return plan{{at, what, begin, kind}, {at + d, end, over, kind}}
	}
	switch kind {
	case killService:
		return pair(between(50*time.Millisecond, 2500*time.Millisecond), "kill "+name, "start "+name,
			func(r *run) { r.services[n].kill() }, func(r *run) { r.services[n].start() })
	case killCollector:
		f := r.IntN(feeds)
		return pair(between(50*time.Millisecond, time.Second), fmt.Sprint("kill feed ", f), fmt.Sprint("start feed ", f),
			func(r *run) { r.feeds[f].kill() }, func(r *run) { r.feeds[f].start() })
	case pauseOwner:
		return pair(between(3*time.Second, 6*time.Second), "pause "+name, "resume "+name,
			func(r *run) { r.services[n].signal(pause) }, func(r *run) { r.services[n].signal(cont) })
	case rolling:
		return rollingRestart(at)
	case stopNATS, killNATS:
		return pair(between(50*time.Millisecond, 2*time.Second), kind, "start the broker",
			func(r *run) { r.stopBroker(0, kind == killNATS) }, func(r *run) { r.startBroker(0) })
	case killLeader:
		stream := []string{bus.StreamRaw, bus.StreamEvents, bus.StreamDetections}[r.IntN(3)]
		return pair(between(time.Second, 3*time.Second), "kill the leader of "+stream, "start it",
			func(r *run) { r.killLeader(stream) }, func(r *run) { r.startAllBrokers() })
	case cutNode:
		return pair(between(300*time.Millisecond, 4*time.Second), kind, "connect it", func(r *run) { r.nodeNet.Hold() },
			func(r *run) { r.nodeNet.Cut(); r.nodeNet.Heal() })
	case cutOwner:
		return pair(between(300*time.Millisecond, 5*time.Second), kind, "connect them", func(r *run) { r.ownerNet.Hold() },
			func(r *run) { r.ownerNet.Cut(); r.ownerNet.Heal() })
	}
	if whose, way, found := strings.Cut(kind, ": "); found {
		of := func(r *run) *cable {
			if whose == partNode {
				return r.nodeCable
			}
			return r.ownerCable
		}
		// Shorter than anybody waits, and longer than members and pins live.
		return pair(between(300*time.Millisecond, 9*time.Second), kind, "heal it",
			func(r *run) { of(r).fail(way) }, func(r *run) { of(r).heal() })
	}
	panic("no fault " + kind)
}

func rand64(r *rand.Rand, most time.Duration) time.Duration {
	return time.Duration(r.Int64N(int64(most)))
}

// rollingRestart restarts one after another.
func rollingRestart(at time.Duration) (p plan) {
	for n := range len(roles) * len(instances) {
		name := roles[n/len(instances)] + "-" + instances[n%len(instances)]
		p = append(p, step{at: at + time.Duration(n)*250*time.Millisecond, what: "restart " + name, do: func(r *run) {
			r.services[n].stop()
			r.services[n].start()
		}, kind: rolling})
	}
	return p
}

// killLeader kills the server that leads a stream.
func (r *run) killLeader(stream string) {
	s, err := r.conn.JetStream().Stream(r.t.Context(), stream)
	if err != nil {
		r.note("no leader of %s is known: %v", stream, err)
		return
	}
	leader := s.CachedInfo().Cluster.Leader
	for i, b := range r.brokers {
		if b.Name == leader && !r.anyDown() {
			r.stopBroker(i, true)
		}
	}
}

// anyDown reports whether a server is away: of three, two must be there.
func (r *run) anyDown() bool {
	for _, down := range r.down {
		if down {
			return true
		}
	}
	return false
}

func (r *run) startAllBrokers() {
	for i := range r.brokers {
		r.startBroker(i)
	}
}
