package enricher

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/lookup"
)

// perSecond is how many processes are born and die, perMinute how many containers
// come and go.
const (
	perSecond = 1000
	perMinute = 100
)

// churn is a node on which processes and containers are born and die.
type churn struct {
	rig    *rig
	at     uint64
	seq    uint64
	pid    int32
	boxes  int
	cgroup uint64
	// recent are the processes of late.
	recent []*task
}

// second handles one second of it, in messages of some 50 processes.
func (c *churn) second() {
	for part := range uint64(20) {
		m := newRaw()
		m.env.FirstSeq = seqBase + c.seq
		if part == 0 && c.boxes*60 < int(c.at/1000)*perMinute {
			c.boxes++
			c.cgroup = uint64(100 + c.boxes)
			m.cgroup(catalogue.CgroupMkdir, c.at, c.cgroup, "/docker/"+boxID(c.boxes)).
				told(catalogue.ContainerCreate, c.at, boxID(c.boxes), fmt.Sprint("box-", c.boxes))
			if old := c.boxes - 20; old > 0 {
				m.told(catalogue.ContainerRemove, c.at, boxID(old), fmt.Sprint("box-", old)).
					cgroup(catalogue.CgroupRmdir, c.at, uint64(100+old), "")
			}
		}
		for i := range uint64(perSecond / 20) {
			c.pid++
			k := initd.child(c.pid, c.at+i)
			if c.pid%3 == 0 {
				k.cgroup, k.mountNS = c.cgroup, 77
			}
			c.recent = append(c.recent[max(0, len(c.recent)-5000):], k)
			m.fork(k.start, initd, k).exec(k.start, k, "/usr/bin/some-program", "--with", fmt.Sprint("arguments", c.pid)).
				open(k.start, k, "/etc/passwd")
			if c.pid%8 != 0 { // of every eighth nobody hears the end
				m.exit(k.start, k)
			}
		}
		c.at += 50
		c.seq += uint64(m.env.Count) + 1
		m.env.MaxTime = bootTime + int64(c.at*ms)
		c.rig.handle(m)
	}
}

// Processes and containers at once hold a flat line: for 40 seconds of event time
// in the short form, with little memory; with WEIR_SOAK=10m for that long and with
// what is the default. Whoever is asked for after an eviction is lost.
func TestChurnHoldsAFlatLine(t *testing.T) {
	duration, small := 40*time.Second, true
	if long := os.Getenv("WEIR_SOAK"); long != "" {
		var err error
		if duration, err = time.ParseDuration(long); err != nil {
			t.Fatal(err)
		}
		small = false
	}
	r := newRig(t, func(c *Config) {
		if small {
			c.Processes.Bytes = 2 << 20
		}
	})
	n := r.handler.(*handler)
	before := heapInUse()
	c := &churn{rig: r, at: 1000, pid: 1000}
	seconds := int(duration / time.Second)
	least, most := uint64(1<<62), uint64(0)
	for s := range seconds {
		c.second()
		if s < seconds/3 || s%max(1, seconds/20) != 0 {
			continue
		}
		used := heapInUse() - before
		least, most = min(least, used), max(most, used)
		known := n.nodes[boot{"web-1", "b007"}]
		t.Logf("second %d: %d processes, tree %d bytes, containers %d bytes, heap %d", s, known.tree.Len(), known.tree.Bytes(), known.containers.Bytes(), used)
	}
	limit := uint64(n.cfg.Processes.Bytes)
	if most > limit*3/2+8<<20 || most-least > limit/8+1<<20 {
		t.Errorf("the heap is between %d and %d bytes, the limit for processes is %d: no flat line", least, most, limit)
	}
	if got := r.metric("weir.enricher.evicted", "kind", "process"); got < int64(seconds*perSecond/8) {
		t.Errorf("%d processes were evicted", got)
	}
	checkLost(t, c)
}

// checkLost asks for a process that was evicted a moment ago, and has it make an
// event.
func checkLost(t *testing.T, c *churn) {
	t.Helper()
	known := c.rig.handler.(*handler).nodes[boot{"web-1", "b007"}]
	var gone *task
	for _, k := range slices.Backward(c.recent) {
		if _, status := known.tree.Lineage(k.entity(), known.watermark); status == event.StatusLost {
			gone = k
			break
		}
	}
	if gone == nil {
		t.Fatal("no process of late is lost")
	}
	_, _, err := lookUp(t, c.rig.handler, lookup.Request{ID: "process_tree", Key: lookup.Key{Entity: gone.entity()}})
	if err == nil || !strings.Contains(err.Error(), "had to be forgotten") {
		t.Errorf("asked for it: %v", err)
	}
	m := newRaw()
	m.env.FirstSeq = seqBase + c.seq
	gone.cgroup = 1
	if e := c.rig.events(m.open(c.at, gone, "/late")); len(e) != 1 || e[0].Context.ProcessStatus != event.StatusLost {
		t.Errorf("%d events, status %v", len(e), e[0].Context.ProcessStatus)
	}
}

func heapInUse() uint64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}
