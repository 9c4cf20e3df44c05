package live

import (
	"context"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector"
)

type nowhere struct{ records int }

func (n *nowhere) Record([]byte)           { n.records++ }
func (n *nowhere) Batch(*eventpb.RawBatch) {}
func (n *nowhere) Lost(*eventpb.Loss)      {}
func (n *nowhere) Idle() time.Duration     { return 0 }

type sourceFunc func(to collector.Sink)

func (f sourceFunc) Run(_ context.Context, to collector.Sink) error {
	f(to)
	return nil
}

// Only a cgroup whose whole path is known and names no container is the host's.
func TestHostCgroups(t *testing.T) {
	const id64 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	var b record.Builder
	group := func(typ catalogue.Type, flags uint16, id uint64, path string) []byte {
		return append([]byte(nil), b.Begin(record.Header{Type: typ, Flags: flags, Sysno: -1}).Uint(0, id).Text(1, path).End()...)
	}
	records := [][]byte{
		group(catalogue.ExistingCgroup, 0, 1, "/"),
		group(catalogue.ExistingCgroup, 0, 2, "/system.slice/ssh.service"),
		group(catalogue.CgroupMkdir, 0, 3, "/docker/"+id64),
		group(catalogue.CgroupMkdir, 0, 4, "/docker/"+id64+"/below"),
		group(catalogue.CgroupMkdir, record.FlagTruncated, 5, "/system.slice/cut"),
		group(catalogue.CgroupMkdir, 0, 6, "/user.slice"),
		group(catalogue.CgroupRmdir, 0, 2, "/system.slice/ssh.service"),
		append([]byte(nil), b.Begin(record.Header{Type: catalogue.CgroupMkdir, Sysno: -1}).Uint(0, 7).End()...),
		group(catalogue.Openat, 0, 8, "/x"),
		{1, 2, 3},
	}
	host := map[uint64]bool{}
	to := new(nowhere)
	source := hostCgroups{
		from: sourceFunc(func(to collector.Sink) {
			for _, rec := range records {
				to.Record(rec)
			}
		}),
		tell: func(id uint64, is bool) { host[id] = is },
	}
	if err := source.Run(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	if to.records != len(records) {
		t.Errorf("%d records of %d went on", to.records, len(records))
	}
	for id, want := range map[uint64]bool{1: true, 2: false, 3: false, 4: false, 5: false, 6: true, 7: false} {
		if got, told := host[id]; !told || got != want {
			t.Errorf("cgroup %d: host %v, told %v", id, got, told)
		}
	}
	if _, told := host[8]; told {
		t.Error("an event of another kind is taken for a cgroup's")
	}
}
