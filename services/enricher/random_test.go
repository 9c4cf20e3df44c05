package enricher

import (
	"fmt"
	"math/rand/v2"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/record"
)

// thread adds the fork of a thread of a process and what the thread does.
func (r *raw) thread(at uint64, k *task, tid int32, path string) *raw {
	r.builder.Begin(k.header(catalogue.SchedProcessFork, at)).
		Int32(4, tid).Int32(5, tid).Int32(6, k.pid).Int32(7, k.ns).Start(8, at*ms)
	r.end()
	h := k.header(catalogue.Openat, at+1)
	h.HostTID, h.TID, h.StartTime = tid, tid, at*ms
	copy(h.Comm[:], "worker")
	r.builder.Begin(h).Registers(0, 0, 0, 0).Text(1, path)
	return r.end()
}

// crowd makes random messages of one node: processes and threads come and go, in
// containers that are told of sooner, later or never, ask for names and connect.
type crowd struct {
	*rand.Rand
	node    string
	at, seq uint64
	living  []*task
	pid     int32
}

func newCrowd(r *rand.Rand, node string) *crowd {
	return &crowd{Rand: r, node: node, at: 1000, seq: seqBase, living: []*task{initd}, pid: 100}
}

const crowdBoxes = 12

// message is the next one, of up to n steps.
func (c *crowd) message(n int) *raw {
	m := newRaw()
	m.env.Node, m.env.FirstSeq = c.node, c.seq
	for range n {
		c.at += uint64(c.IntN(40))
		c.step(m)
	}
	c.seq += uint64(m.env.Count) + 1
	m.env.MaxTime = bootTime + int64(c.at*ms)
	return m
}

// end says that there is no more: whatever is held may go.
func (c *crowd) end() *raw {
	m := newRaw()
	m.env.Node, m.env.FirstSeq, m.env.MaxTime = c.node, c.seq, bootTime+int64(c.at*ms)+int64(record.MaxHold)
	return m
}

func (c *crowd) step(m *raw) {
	box := c.IntN(crowdBoxes)
	who := c.living[c.IntN(len(c.living))]
	address := fmt.Sprintf("192.0.2.%d", c.IntN(9))
	switch c.IntN(12) {
	case 0:
		m.cgroup(catalogue.CgroupMkdir, c.at, uint64(10+box), "/docker/"+boxID(box))
	case 1:
		if box%4 != 0 { // nobody ever tells of some
			m.told(catalogue.ContainerCreate, c.at, boxID(box), fmt.Sprint("box-", box))
		}
	case 2:
		m.told(catalogue.ContainerRemove, c.at, boxID(box), fmt.Sprint("box-", box)).
			cgroup(catalogue.CgroupRmdir, c.at, uint64(10+box), "")
	case 3, 4:
		c.pid++
		k := who.child(c.pid, c.at)
		if c.IntN(2) == 0 {
			k.cgroup, k.mountNS = uint64(10+box), uint32(100+box)
		}
		m.fork(c.at, who, k)
		c.living = append(c.living, k)
	case 5:
		m.exec(c.at, who, fmt.Sprint("/bin/", c.IntN(5)), fmt.Sprint(c.at))
	case 6:
		if len(c.living) > 1 {
			i := 1 + c.IntN(len(c.living)-1)
			m.exit(c.at, c.living[i])
			c.living = append(c.living[:i], c.living[i+1:]...)
		}
	case 7:
		c.pid++
		m.thread(c.at, who, c.pid, fmt.Sprint("/t-", c.at))
	case 8:
		m.answered(catalogue.NetPacketDNSResponse, c.at, who, 5, answer(fmt.Sprintf("n%d.test", c.IntN(20)), uint32(1+c.IntN(60)), address))
	case 9:
		m.connected(c.at, who, 5, address+":443")
	default:
		// The two rings are read one after the other.
		m.open(c.at-uint64(c.IntN(30)), who, fmt.Sprint("/", c.at))
	}
}
