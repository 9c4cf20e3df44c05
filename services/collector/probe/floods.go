package probe

import (
	"fmt"

	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector"
)

// floods tells in the stream of whom events were left out: one event_flood for
// each process and poll.
type floods struct {
	programs *bpf.Programs
	// throttled is how many events had been left out at the last look.
	throttled uint64
	told      map[process]uint64
	builder   record.Builder
}

type process struct {
	pid   uint32
	start uint64
}

func newFloods(p *bpf.Programs) *floods {
	return &floods{programs: p, told: map[process]uint64{}}
}

// tell reports what is new, given how many events were left out in all.
func (f *floods) tell(to collector.Sink, throttled uint64) error {
	if throttled == f.throttled {
		return nil
	}
	f.throttled = throttled
	list, err := f.programs.Floods()
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	told := make(map[process]uint64, len(list))
	for i := range list {
		key := process{list[i].PID, list[i].StartTime}
		if list[i].Suppressed > f.told[key] {
			to.Record(f.record(&list[i], list[i].Suppressed-f.told[key]))
		}
		told[key] = list[i].Suppressed
	}
	f.told = told
	return nil
}

func (f *floods) record(one *bpf.Flood, suppressed uint64) []byte {
	return f.builder.Begin(record.Header{
		Type: catalogue.EventFlood, Hook: record.HookSysExit, Time: one.LastTime, Sysno: -1,
		HostPID: int32(one.PID), HostTID: int32(one.PID), UID: one.UID, EUID: one.UID, LoginUID: ^uint32(0),
		StartTime: one.StartTime, LeaderStart: one.StartTime, CgroupID: one.CgroupID, Comm: one.Comm,
	}).Int32(0, int32(one.PID)).Uint(1, suppressed).Start(2, one.FirstTime).Start(3, one.LastTime).End()
}
