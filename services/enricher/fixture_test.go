package enricher

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

const (
	bootTime = int64(1_700_000_000_000_000_000)
	seqBase  = uint64(1000)
	ms       = uint64(time.Millisecond)
	// Both are in another partition than the host.
	idA = "1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdee"
	idB = "fedcba0987654321fedcba0987654321fedcba0987654321fedcba0987654324"
)

// task is a process of the tests; times are milliseconds since boot.
type task struct {
	pid, ns int32
	start   uint64
	parent  *task
	cgroup  uint64
	mountNS uint32
	comm    string
}

var initd = &task{pid: 1, ns: 1, start: 10, cgroup: 1, mountNS: 9, comm: "init"}

func (k *task) child(pid int32, start uint64) *task {
	c := *k
	c.pid, c.ns, c.start, c.parent = pid, pid, start, k
	return &c
}

// header is a record's header for an event of the task.
func (k *task) header(t catalogue.Type, at uint64) record.Header {
	h := record.Header{
		Type: t, Hook: record.HookTracepoint, Time: at * ms, Sysno: -1,
		HostPID: k.pid, HostTID: k.pid, PID: k.ns, TID: k.ns,
		StartTime: k.start * ms, LeaderStart: k.start * ms, CgroupID: k.cgroup, MountNS: k.mountNS,
	}
	if k.parent != nil {
		h.HostPPID, h.ParentStart = k.parent.pid, k.parent.start*ms
	}
	copy(h.Comm[:], k.comm)
	return h
}

// raw builds a message of WEIR_RAW.
type raw struct {
	env     eventpb.Envelope
	records []byte
	builder record.Builder
}

func newRaw() *raw {
	return &raw{env: eventpb.Envelope{
		Node: "web-1", BootId: "b007", FirstSeq: seqBase, BootTime: bootTime, Schema: record.Schema,
		Stamps: []*eventpb.Stamp{{Stage: "collector", Instance: "c", In: 1, Out: 2}},
	}}
}

func (r *raw) end() *raw {
	r.records = append(r.records, r.builder.End()...)
	r.env.Count++
	return r
}

func (r *raw) fork(at uint64, parent, child *task) *raw {
	r.builder.Begin(parent.header(catalogue.SchedProcessFork, at)).
		Int32(4, child.pid).Int32(5, child.ns).Int32(6, child.pid).Int32(7, child.ns).Start(8, child.start*ms)
	return r.end()
}

func (r *raw) exec(at uint64, k *task, argv ...string) *raw {
	r.builder.Begin(k.header(catalogue.SchedProcessExec, at)).
		Text(0, argv[0]).Text(1, argv[0]).Texts(8, argv).Texts(9, []string{"DB_PASSWORD=pw", "HOME=/"})
	return r.end()
}

func (r *raw) exit(at uint64, k *task) *raw {
	r.builder.Begin(k.header(catalogue.SchedProcessExit, at)).Bool(1, true)
	return r.end()
}

func (r *raw) open(at uint64, k *task, path string) *raw {
	r.builder.Begin(k.header(catalogue.Openat, at)).Registers(0, 0, 0, 0).Text(1, path)
	return r.end()
}

func (r *raw) cgroup(t catalogue.Type, at, id uint64, path string) *raw {
	r.builder.Begin(initd.header(t, at)).Uint(0, id).Text(1, path)
	return r.end()
}

// garbage adds a record of an unknown type.
func (r *raw) garbage() *raw {
	h := initd.header(200, 1)
	r.builder.Begin(h)
	return r.end()
}

// message encodes what was built; seq is its place in the stream.
func (r *raw) message(t testing.TB, seq uint64) stage.Message {
	t.Helper()
	data, err := record.Marshal(&r.env, r.records)
	if err != nil {
		t.Fatal(err)
	}
	return stage.Message{
		ID: fmt.Sprintf("%s/%s/%d", r.env.Node, r.env.BootId, r.env.FirstSeq), StreamSeq: seq,
		Received: time.Unix(0, 100), Data: data,
	}
}

// rig is an enricher's handler with its metrics.
type rig struct {
	t       testing.TB
	handler stage.Handler
	reader  *sdkmetric.ManualReader
	seq     uint64
}

func newRig(t testing.TB, change func(*Config)) *rig {
	t.Helper()
	cfg := Default()
	if change != nil {
		change(&cfg)
	}
	reader := sdkmetric.NewManualReader()
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	e, err := New(cfg, stage.Settings{Instance: "e-1", Meter: provider.Meter("test")})
	if err != nil {
		t.Fatal(err)
	}
	e.now = func() time.Time { return time.Unix(0, 200) }
	h, err := e.NewHandler(0)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{t: t, handler: h, reader: reader}
}

// atOnce is for tests in which no runtime tells of the containers.
func atOnce(c *Config) { c.Hold = 0 }

// handle returns the outputs of a message that must succeed.
func (r *rig) handle(m *raw) []stage.Output {
	r.t.Helper()
	r.seq++
	out, err := r.handler.Handle(context.Background(), m.message(r.t, r.seq))
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// decode returns the batches of outputs.
func (r *rig) decode(out []stage.Output) []*batch.Batch {
	r.t.Helper()
	var list []*batch.Batch
	for _, o := range out {
		var d batch.Decoder
		b, err := d.Decode(o.Data)
		if err != nil {
			r.t.Fatal(err)
		}
		list = append(list, b)
	}
	return list
}

// events handles a message and returns its events of all parts.
func (r *rig) events(m *raw) []event.Event {
	r.t.Helper()
	var list []event.Event
	for _, b := range r.decode(r.handle(m)) {
		list = append(list, b.Events...)
	}
	return list
}

// metric returns the value of a counter with one attribute, or none.
func (r *rig) metric(name, key, value string) int64 {
	r.t.Helper()
	var data metricdata.ResourceMetrics
	if err := r.reader.Collect(context.Background(), &data); err != nil {
		r.t.Fatal(err)
	}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			sum, ok := m.Data.(metricdata.Sum[int64])
			if !ok || m.Name != name {
				continue
			}
			for _, p := range sum.DataPoints {
				if v, has := p.Attributes.Value(attribute.Key(key)); key == "" || has && v.AsString() == value {
					return p.Value
				}
			}
		}
	}
	return 0
}
