package fault

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/ledger"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector/replay"
)

const (
	// nodeCount nodes play, each in rounds batches of about batchEvents.
	nodeCount = 6
	rounds    = 60
	// feeds is how many processes play them.
	feeds  = 2
	bootAt = int64(1_700_000_000) * int64(time.Second)
	ms     = uint64(time.Millisecond)
)

// input is what all runs are given.
type input struct {
	// files are recordings, one for each feed.
	files []string
	// events is how many events there are of each node.
	events map[string]uint64
}

// newInput makes the recordings. step is how much the clock of each node jumps
// half-way.
func newInput(t testing.TB, step time.Duration) *input {
	t.Helper()
	in := &input{events: map[string]uint64{}}
	dir := t.TempDir()
	for f := range feeds {
		var nodes []*machine
		for n := f; n < nodeCount; n += feeds {
			nodes = append(nodes, newMachine(n))
		}
		path := filepath.Join(dir, fmt.Sprintf("feed%d.weir", f))
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		w := replay.NewWriter(file)
		for round := range rounds {
			for _, m := range nodes {
				if round == rounds/2 {
					m.boot += int64(step)
				}
				b := m.batch(round)
				in.events[m.name] += uint64(b.Envelope.Count)
				if err := w.Write(b); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		in.files = append(in.files, path)
	}
	return in
}

// task is a process that was forked.
type task struct {
	pid       int32
	start     uint64
	parent    *task
	cgroup    uint64
	comm      string
	files     int
	netns     uint32
	container int
}

// machine makes up what happens on a node: in every batch goes on what began in
// earlier ones.
type machine struct {
	name    string
	boot    int64
	r       *rand.Rand
	now     uint64
	seq     uint64
	pids    int32
	init    *task
	tasks   []*task
	written []string
	numbers ledger.Numbers

	builder record.Builder
	records []byte
	count   uint32
	early   uint64
}

func newMachine(n int) *machine {
	m := &machine{
		name: fmt.Sprintf("node-%d", n), boot: bootAt, r: rand.New(rand.NewPCG(7, uint64(n))), now: 10_000 * ms, seq: 1000, pids: 100,
		init: &task{pid: 1, start: 10 * ms, cgroup: 1, comm: "init", netns: 1},
	}
	// It is played after everybody has begun to read.
	m.numbers = ledger.Numbers{Run: uint64(n + 1), Began: time.Now().Add(24 * time.Hour).UnixNano()}
	return m
}

// batch is what happens within half a second.
func (m *machine) batch(round int) *eventpb.RawBatch {
	first := m.seq
	m.records, m.count, m.early = nil, 0, m.now
	if round == 0 {
		for c := 1; c <= 2; c++ {
			m.builder.Begin(m.header(m.init, catalogue.ExistingCgroup)).Uint(0, uint64(6+c)).Text(1, "/docker/"+m.container(c))
			m.end()
		}
	}
	for range 24 {
		m.happen()
	}
	later := m.now
	m.now += uint64(m.r.IntN(200)) * ms
	env := &eventpb.Envelope{
		Node: m.name, BootId: "recorded-" + m.name, FirstSeq: first, Count: m.count, Schema: record.Schema, BootTime: m.boot,
		MinTime: m.boot + int64(m.early), MaxTime: m.boot + int64(later),
		Stamps: []*eventpb.Stamp{{Stage: "collector", Instance: m.name, In: 1, Out: 2}},
	}
	m.numbers.Number(env, m.numbers.Run, m.numbers.Began)
	return &eventpb.RawBatch{Envelope: env, Records: m.records}
}

func (m *machine) container(c int) string {
	return strings.Repeat(fmt.Sprintf("%x%x", c, m.seq0()), 32)
}

// seq0 tells the nodes' containers apart.
func (m *machine) seq0() byte { return m.name[len(m.name)-1] - '0' }

func (m *machine) happen() {
	m.now += uint64(1+m.r.IntN(15)) * ms
	if len(m.tasks) < 12 {
		m.fork()
		return
	}
	k := m.tasks[m.r.IntN(len(m.tasks))]
	switch n := m.r.IntN(100); {
	case n < 12:
		m.fork()
	case n < 20:
		m.exit()
	case n < 28:
		path := fmt.Sprintf("/tmp/tool-%d", m.seq)
		m.written = append(m.written, path)
		m.open(k, path)
	case n < 34 && len(m.written) > 0:
		m.exec(k, m.written[m.r.IntN(len(m.written))])
	case n < 50:
		k.files++
		m.open(k, fmt.Sprintf("/etc/conf.d/%d", k.files))
	case n < 53:
		m.open(k, fmt.Sprintf("/srv/%d.key", m.r.IntN(5)))
	case n < 54:
		m.open(k, "/etc/shadow")
	case n < 56:
		m.answer(k)
	case n < 58:
		m.connect(k)
	default:
		m.open(k, fmt.Sprintf("/usr/lib/lib%d.so", m.r.IntN(50)))
	}
}

func (m *machine) header(k *task, t catalogue.Type) record.Header {
	h := record.Header{
		Type: t, Hook: record.HookTracepoint, Time: m.now, Sysno: -1, CPUSeq: m.seq,
		HostPID: k.pid, HostTID: k.pid, PID: k.pid, TID: k.pid,
		StartTime: k.start, LeaderStart: k.start, CgroupID: k.cgroup, MountNS: 9, PIDNS: 8, NetNS: k.netns,
	}
	if k.parent != nil {
		h.HostPPID, h.PPID, h.ParentStart = k.parent.pid, k.parent.pid, k.parent.start
	}
	copy(h.Comm[:], k.comm)
	return h
}

func (m *machine) end() {
	m.records = append(m.records, m.builder.End()...)
	m.count++
	m.seq++
}

func (m *machine) fork() {
	m.pids++
	child := &task{pid: m.pids, start: m.now, cgroup: 1, comm: "sh", netns: 1, parent: m.init}
	if len(m.tasks) > 0 && m.r.IntN(3) > 0 {
		child.parent = m.tasks[m.r.IntN(len(m.tasks))]
		child.cgroup, child.container, child.netns = child.parent.cgroup, child.parent.container, child.parent.netns
	} else if c := m.r.IntN(3); c > 0 {
		child.container, child.cgroup, child.netns = c, uint64(6+c), uint32(1+c)
	}
	m.builder.Begin(m.header(child.parent, catalogue.SchedProcessFork)).
		Int32(4, child.pid).Int32(5, child.pid).Int32(6, child.pid).Int32(7, child.pid).Start(8, child.start)
	m.end()
	m.tasks = append(m.tasks, child)
}

func (m *machine) exit() {
	i := m.r.IntN(len(m.tasks))
	m.builder.Begin(m.header(m.tasks[i], catalogue.SchedProcessExit)).Bool(1, true)
	m.end()
	m.tasks = append(m.tasks[:i], m.tasks[i+1:]...)
}

func (m *machine) exec(k *task, path string) {
	k.comm = filepath.Base(path)
	m.builder.Begin(m.header(k, catalogue.SchedProcessExec)).
		Text(0, path).Text(1, path).Texts(8, []string{path, "--all"}).Texts(9, []string{"HOME=/"})
	m.end()
}

func (m *machine) open(k *task, path string) {
	m.builder.Begin(m.header(k, catalogue.Openat)).Registers(0xffffff9c, 0, 0x80000, 0).Text(1, path)
	m.end()
}

// host is the i-th name that is asked for and its address.
func host(i int) (name, address string) {
	return fmt.Sprintf("host%d.example", i), fmt.Sprintf("192.0.2.%d", i+1)
}

// answer is a DNS message that tells a name's address.
func (m *machine) answer(k *task) {
	name, address := host(m.r.IntN(8))
	be := binary.BigEndian
	b := []byte{0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}
	for label := range strings.SplitSeq(name, ".") {
		b = append(append(b, byte(len(label))), label...)
	}
	b = append(b, 0, 0, 1, 0, 1, 0xc0, 12, 0, 1, 0, 1)
	b = append(be.AppendUint16(be.AppendUint32(b, 300), 4), netip.MustParseAddr(address).AsSlice()...)
	h := m.header(k, catalogue.NetPacketDNSResponse)
	h.Hook = record.HookCgroupSKB
	m.builder.Begin(h).Packet(record.Packet{
		Source: netip.MustParseAddrPort("10.0.0.53:53"), Destination: netip.MustParseAddrPort("10.0.0.9:40000"),
		Protocol: record.ProtocolUDP, Direction: record.Ingress, Length: uint32(28 + len(b)), Message: uint32(len(b)),
	}).Message(1, b, uint32(len(b)))
	m.end()
}

func (m *machine) connect(k *task) {
	_, address := host(m.r.IntN(8))
	sockaddr := append([]byte{2, 0, 0x01, 0xbb}, netip.MustParseAddr(address).AsSlice()...)
	m.builder.Begin(m.header(k, catalogue.SecuritySocketConnect)).Int32(0, 3).Int32(1, 1).Sockaddr(2, append(sockaddr, make([]byte, 8)...))
	m.end()
}
