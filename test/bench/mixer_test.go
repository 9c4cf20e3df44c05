package bench

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

// mix is how many events of 1,000 are of which kind on a node that builds, serves
// and talks at the same time: opened files by far the most, each program a fork,
// mostly an exec, and an exit.
var mix = []struct {
	share int
	act   func(*mixer, *mixTask)
}{
	{500, (*mixer).open},
	{200, (*mixer).fileOpen},
	{150, (*mixer).connect},
	{60, (*mixer).dns},
	{35, (*mixer).exit},
	{30, (*mixer).fork},
	{25, (*mixer).exec},
}

const (
	// mixTasks is how many processes live on a node, mixBoxes how many containers,
	// which mixInside of 100 processes are in.
	mixTasks, mixBoxes, mixInside = 120, 8, 40
	// mixRun is for how many events in a row one process is the one that acts.
	mixRun = 12
	// mixPace is between two events of a node, in nanoseconds.
	mixPace = 40_000
)

// mixer makes batches as a real node sends them: events of several kinds of some
// hundred processes in and outside of containers, which come and go, with paths,
// addresses and arguments that repeat as far as those of programs do.
type mixer struct {
	*rand.Rand
	node    string
	every   uint64
	builder record.Builder
	living  []*mixTask
	busy    *mixTask
	left    int

	seq, at uint64
	pid     int32
	// begun is set once the node has told what there was at its start; opens counts
	// those of openat, watched those of them that are of a watched file.
	begun          bool
	opens, watched uint64

	records    []byte
	count      uint32
	cpus       [8]uint64
	dirs, fils *rand.Zipf
}

// mixTask is a process.
type mixTask struct {
	mixProgram
	pid    int32
	start  uint64
	parent *mixTask
	box    int // 0 outside of containers
	tty    uint32
}

func newMixer(node string, number, every uint64) *mixer {
	r := rand.New(rand.NewPCG(number, 7)) //nolint:gosec // the same events each time
	m := &mixer{
		Rand: r, node: node, every: every, at: uint64(10 * time.Second), pid: 300 + int32(number), //nolint:gosec // small
		dirs: rand.NewZipf(r, 1.2, 4, 199), fils: rand.NewZipf(r, 1.1, 8, 999),
	}
	for len(m.living) < mixTasks {
		m.born(nil)
	}
	m.busy = m.living[0]
	return m
}

// born makes a process, of its parent's place where it has one.
func (m *mixer) born(parent *mixTask) *mixTask {
	m.pid += 1 + m.Int32N(3)
	k := &mixTask{mixProgram: mixPrograms[m.IntN(len(mixPrograms))], pid: m.pid, start: m.at, parent: parent}
	switch {
	case parent != nil:
		k.box, k.tty, k.mixProgram = parent.box, parent.tty, parent.mixProgram
	case m.IntN(100) < mixInside:
		k.box = 1 + m.IntN(mixBoxes)
	case m.IntN(4) == 0:
		k.tty = 0x8800 + uint32(m.IntN(4)) //nolint:gosec // small
	}
	m.living = append(m.living, k)
	return k
}

func (m *mixer) name() string  { return m.node }
func (m *mixer) sent() uint64  { return m.seq }
func (m *mixer) marks() uint64 { return m.watched }

// batch returns the next 256 events, or 64 KiB of them.
func (m *mixer) batch() *eventpb.RawBatch {
	first := m.seq
	began := m.at
	m.records, m.count = make([]byte, 0, batchBytes+4096), 0
	if !m.begun {
		m.begin()
	}
	for m.count < batchEvents && len(m.records) < batchBytes {
		if m.left--; m.left < 0 {
			m.left = int(m.ExpFloat64() * mixRun)
			m.busy = m.living[m.IntN(len(m.living))]
		}
		which := m.IntN(1000)
		for _, kind := range mix {
			if which -= kind.share; which < 0 {
				kind.act(m, m.busy)
				break
			}
		}
	}
	env := &eventpb.Envelope{
		Node: m.node, BootId: "7d1f7c9e-6f0b-4c52-9a52-0f6a3c1b2e4d", FirstSeq: first, Count: m.count, Schema: record.Schema,
		BootTime: pastBoot, MinTime: pastBoot + int64(began), MaxTime: pastBoot + int64(m.at), //nolint:gosec // small
		Stamps: []*eventpb.Stamp{{Stage: "collector", Instance: m.node, In: 1, Out: 2}},
	}
	return &eventpb.RawBatch{Envelope: env, Records: m.records}
}

// begin tells what there was when the node's collector started.
func (m *mixer) begin() {
	m.begun = true
	for i := range mixBoxes {
		m.note(record.Header{Type: catalogue.ExistingCgroup, Hook: record.HookIterator}).
			Uint(0, boxCgroup(i+1)).Text(1, "/system.slice/docker-"+boxID(m.node, i+1)+".scope")
		m.end()
		m.note(record.Header{Type: catalogue.ExistingContainer, Hook: record.HookRuntime}).
			Text(0, "docker").Text(1, boxID(m.node, i+1)).Uint(2, 5).Text(3, "registry.example.org/"+mixWords[i]+":1.2.3").
			Text(4, "sha256:"+boxID(m.node, 90+i)).Text(5, mixWords[i]).Text(6, mixWords[i]+"-"+m.node).Text(7, "production").
			Text(8, fmt.Sprint("uid-", i)).Bool(9, true).Pairs(10, []string{"app", mixWords[i], "tier", "backend"})
		m.end()
	}
	for _, k := range m.living {
		m.note(m.header(k, catalogue.ExistingProcess, record.HookProcfs)).
			Text(0, k.file).Texts(1, k.args).Text(2, "/").Start(3, k.start)
		m.end()
	}
}

// header is that of the next event of a process.
func (m *mixer) header(k *mixTask, t catalogue.Type, hook record.Hook) record.Header {
	cpu := uint32(k.pid) % uint32(len(m.cpus)) //nolint:gosec // small
	m.cpus[cpu]++
	h := record.Header{
		Type: t, Hook: hook, Sysno: -1, CPU: cpu, CPUSeq: m.cpus[cpu],
		HostPID: k.pid, HostTID: k.pid, HostPPID: 1, PID: k.pid, TID: k.pid, PPID: 1,
		UID: k.uid, GID: k.uid, EUID: k.uid, LoginUID: 0xffffffff, StartTime: k.start, LeaderStart: k.start,
		ParentStart: uint64(time.Second), CgroupID: boxCgroup(k.box), UnifiedCgroupID: boxCgroup(k.box),
		MountNS: 4026531841 + uint32(k.box), PIDNS: 4026531836 + uint32(k.box), NetNS: 4026531840 + uint32(k.box), //nolint:gosec // small
		TTY: k.tty, Capabilities: 0xa80425fb,
	}
	if k.parent != nil {
		h.HostPPID, h.PPID, h.ParentStart = k.parent.pid, k.parent.pid, k.parent.start
	}
	if k.box > 0 {
		h.PID, h.TID = k.pid%1000, k.pid%1000
	}
	copy(h.Comm[:15], k.name)
	copy(h.NodeName[:15], m.node)
	return h
}

// note begins an event.
func (m *mixer) note(h record.Header) *record.Builder {
	m.at += uint64(m.ExpFloat64() * mixPace)
	h.Time = m.at
	return m.builder.Begin(h)
}

func (m *mixer) end() {
	m.records = append(m.records, m.builder.End()...)
	m.count++
	m.seq++
}

func (m *mixer) open(k *mixTask) {
	h := m.header(k, catalogue.Openat, record.HookSysExit)
	h.Sysno, h.Ret = 257, int64(3+m.IntN(60))
	path := m.path(k)
	if m.IntN(12) == 0 {
		h.Ret = -2 // ENOENT
	}
	if m.opens++; m.opens%m.every == 0 {
		path = fmt.Sprint("/srv/data/", m.opens, watchedMark)
		m.watched++
	}
	m.note(h).Registers(atCWD, 0x7ffc00000000+m.Uint64N(1<<20)*16, openFlags|m.Uint64N(2)*0x8000, 0).Text(1, path)
	m.end()
}

func (m *mixer) fileOpen(k *mixTask) {
	path := m.path(k)
	h := m.header(k, catalogue.SecurityFileOpen, record.HookLSM)
	h.Sysno = 257
	m.note(h).Text(0, path).Int32(1, openFlags).Uint(2, 265289729).Uint(3, 2621440+m.fils.Uint64()).
		Uint(4, uint64(pastBoot)-m.fils.Uint64()*1_000_003).Text(5, path) //nolint:gosec // small
	m.end()
}

func (m *mixer) connect(k *mixTask) {
	address := binary.BigEndian.AppendUint16([]byte{2, 0}, []uint16{443, 5432, 6379, 8080, 53}[m.IntN(5)])
	address = append(address, 10, byte(m.IntN(4)), byte(m.dirs.Uint64()), byte(1+m.IntN(9)), 0, 0, 0, 0, 0, 0, 0, 0) //nolint:gosec // small
	h := m.header(k, catalogue.SecuritySocketConnect, record.HookLSM)
	h.Sysno = 42
	m.note(h).Int32(0, int32(3+m.IntN(60))).Int32(1, 1).Sockaddr(2, address) //nolint:gosec // small
	m.end()
}

func (m *mixer) exit(k *mixTask) {
	code := uint64(0)
	if m.IntN(10) == 0 {
		code = 1
	}
	if len(m.living) > mixTasks/2 {
		i := m.IntN(len(m.living))
		k = m.living[i]
		m.living = append(m.living[:i], m.living[i+1:]...)
	}
	m.note(m.header(k, catalogue.SchedProcessExit, record.HookTracepoint)).Uint(0, code).Bool(1, true).Int32(2, 0)
	m.end()
}

func (m *mixer) fork(k *mixTask) {
	c := m.born(k)
	m.note(m.header(k, catalogue.SchedProcessFork, record.HookTracepoint)).
		Int32(0, k.pid).Int32(1, k.pid%1000).Int32(2, k.pid).Int32(3, k.pid%1000).
		Int32(4, c.pid).Int32(5, c.pid%1000).Int32(6, c.pid).Int32(7, c.pid%1000).Start(8, c.start)
	m.end()
	c.parent = &mixTask{mixProgram: k.mixProgram, pid: k.pid, start: k.start, box: k.box} // else tasks form an endless chain
}

func (m *mixer) exec(k *mixTask) {
	before := k.name
	k.mixProgram = mixPrograms[m.IntN(len(mixPrograms))]
	argv := append(append([]string{}, k.args...), m.path(k))
	m.note(m.header(k, catalogue.SchedProcessExec, record.HookTracepoint)).
		Text(0, k.file).Text(1, k.file).Uint(2, 265289729).Uint(3, 1000+m.dirs.Uint64()).Uint(4, uint64(pastBoot)).
		Uint(5, 0o100755).Texts(8, argv).Texts(9, mixEnvironment).Uint(10, 0o10000).Text(11, "pipe:[123456]").
		Int32(12, 0).Text(13, before).Text(14, "/srv/"+mixWords[m.IntN(len(mixWords))]).Bool(15, k.box > 0)
	m.end()
}

// messages are the next batches as the collector publishes them.
func (m *mixer) messages(t testing.TB, n int) []bus.Message { return rawMessages(t, m, n) }
