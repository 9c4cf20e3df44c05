package bench

import (
	"fmt"
	"time"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

const (
	batchEvents = 1024
	batchBytes  = 192 << 10
	benchNode   = "bench"
	// pastBoot is when the made-up machine booted.
	pastBoot = int64(1_700_000_000) * int64(time.Second)
	// The arguments of an ordinary open: AT_FDCWD and O_CLOEXEC.
	atCWD     = 0xffffff9c
	openFlags = 0x80000
)

// recorder makes batches as a busy host sends them: opens of some 20 processes.
// No two have the same sequence numbers.
type recorder struct {
	builder record.Builder
	seq     uint64
	// lsm makes them security_file_open, which the shipped signatures select,
	// and not openat.
	lsm bool
	// node is the node that they are of, "" for benchNode; every tells how many
	// there are for one of a watched file, 0 for watchedEvery.
	node  string
	every uint64
}

func (r *recorder) name() string {
	if r.node == "" {
		return benchNode
	}
	return r.node
}

func (r *recorder) sent() uint64 { return r.seq }

func (r *recorder) marks() uint64 { return r.seq / r.every }

// batch returns the next 256 opens. Every hundredth, or whatever r.every says,
// is of a watched file.
func (r *recorder) batch() *eventpb.RawBatch {
	const start = uint64(10 * time.Second)
	every := r.every
	if every == 0 {
		every = watchedEvery
	}
	first := r.seq
	var records []byte
	for range batchEvents {
		pid := int32(100 + r.seq/3%20)
		h := record.Header{
			Type: catalogue.Openat, Hook: record.HookSysExit, Sysno: 257,
			Time: start + r.seq*uint64(10*time.Microsecond), CPUSeq: r.seq,
			HostPID: pid, HostTID: pid, HostPPID: 1, PID: pid, TID: pid, PPID: 1,
			StartTime: start - uint64(pid)*uint64(time.Millisecond), CgroupID: 1, MountNS: 9, PIDNS: 8, Ret: 3,
		}
		h.LeaderStart, h.ParentStart = h.StartTime, uint64(time.Second)
		copy(h.Comm[:], fmt.Sprint("worker-", pid))
		copy(h.NodeName[:], r.name())
		path := fmt.Sprintf("/usr/lib/x86_64-linux-gnu/lib%d.so.6", r.seq%40)
		if r.seq%every == every-1 {
			path = fmt.Sprint("/srv/data/", r.seq%1000, watchedMark)
		}
		if r.lsm {
			h.Type, h.Hook = catalogue.SecurityFileOpen, record.HookLSM
			r.builder.Begin(h).Text(0, path).Int32(1, openFlags).Uint(2, 1).Uint(3, 7).Uint(4, 9).Text(5, path)
		} else {
			r.builder.Begin(h).Registers(atCWD, 0, openFlags, 0).Text(1, path)
		}
		records = append(records, r.builder.End()...)
		r.seq++
	}
	env := &eventpb.Envelope{
		Node: r.name(), BootId: "recorded", FirstSeq: first, Count: batchEvents, Schema: record.Schema,
		BootTime: pastBoot, MinTime: pastBoot + int64(start+first*uint64(10*time.Microsecond)),
		Stamps: []*eventpb.Stamp{{Stage: "collector", Instance: r.name(), In: 1, Out: 2}},
	}
	env.MaxTime = env.MinTime + int64((batchEvents-1)*10*time.Microsecond)
	return &eventpb.RawBatch{Envelope: env, Records: records}
}

// watchedIn returns how many watched files there are among the opens first to
// first+n-1.
func watchedIn(first uint64, n int) int {
	return int((first+uint64(n))/watchedEvery - first/watchedEvery)
}
