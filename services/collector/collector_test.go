package collector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

func TestMain(m *testing.M) {
	bustest.ServeProcess()
	serveChild()
	goleak.VerifyTestMain(m)
}

// broker keeps what is published; hold makes it wait, refuse makes it fail.
type broker struct {
	mu       sync.Mutex
	messages []stage.Output
	hold     chan struct{}
	refuse   func(stage.Output) error
}

func (b *broker) Publish(ctx context.Context, m stage.Output) error {
	if b.hold != nil {
		select {
		case <-b.hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refuse != nil {
		if err := b.refuse(m); err != nil {
			return err
		}
	}
	b.messages = append(b.messages, m)
	return nil
}

// batches decodes what was published, but for what says that there was nothing.
func (b *broker) batches(t *testing.T) []*eventpb.RawBatch {
	t.Helper()
	return slices.DeleteFunc(b.all(t), func(b *eventpb.RawBatch) bool { return record.Silent(b.Envelope) })
}

// all decodes what was published.
func (b *broker) all(t *testing.T) []*eventpb.RawBatch {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []*eventpb.RawBatch
	for _, m := range b.messages {
		raw, err := record.Unmarshal(m.Data)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, raw)
	}
	return list
}

// script is a source that does what a function says.
type script func(ctx context.Context, to Sink) error

func (s script) Run(ctx context.Context, to Sink) error { return s(ctx, to) }

func rec(typ catalogue.Type, at uint64) []byte {
	return slices.Clone(new(record.Builder).Begin(record.Header{Type: typ, Time: at, Sysno: -1}).Text(0, "x").End())
}

func config() Config {
	return Config{Node: "n", BootID: "b", Subject: func(node string) string { return "weir.raw." + node }}
}

func run(ctx context.Context, t *testing.T, cfg Config, to *broker, s script) error {
	t.Helper()
	c, err := New(cfg, s, to, stage.Settings{Instance: "i"})
	if err != nil {
		t.Fatal(err)
	}
	return c.Run(ctx)
}

func TestBatches(t *testing.T) {
	to := new(broker)
	before := time.Now().UnixNano()
	cfg := config()
	cfg.BatchEvents = 100
	err := run(t.Context(), t, cfg, to, func(_ context.Context, to Sink) error {
		for i := range 250 {
			to.Record(rec(catalogue.Openat, uint64(1000+i)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	list := to.batches(t)
	var counts []uint32
	for i, b := range list {
		env := b.Envelope
		counts = append(counts, env.Count)
		if i > 0 && env.FirstSeq != list[i-1].Envelope.FirstSeq+uint64(list[i-1].Envelope.Count) {
			t.Errorf("batch %d begins at %d", i, env.FirstSeq)
		}
		if env.MinTime != env.BootTime+int64(1000+100*i) || env.MaxTime != env.MinTime+int64(env.Count)-1 {
			t.Errorf("times %d to %d", env.MinTime, env.MaxTime)
		}
		s := env.Stamps[0]
		if len(env.Stamps) != 1 || s.Stage != "collector" || s.Instance != "i" || s.In < before || s.Out < s.In {
			t.Errorf("stamps %v", env.Stamps)
		}
	}
	if want := []uint32{100, 100, 50}; !slices.Equal(counts, want) {
		t.Errorf("counts %v, want %v", counts, want)
	}
	m, env := to.messages[1], list[1].Envelope
	if m.Subject != "weir.raw.n" || m.ID != fmt.Sprintf("n/b/%d", env.FirstSeq) {
		t.Errorf("message %q %q", m.Subject, m.ID)
	}
	for key, want := range map[string]string{
		"Weir-Node": "n", "Weir-Boot": "b", "Weir-First-Seq": fmt.Sprint(env.FirstSeq), "Weir-Count": "100",
		"Weir-Min-Time": fmt.Sprint(env.MinTime), "Weir-Max-Time": fmt.Sprint(env.MaxTime), "Weir-Schema": "1",
	} {
		if m.Header[key] != want {
			t.Errorf("%s is %q, want %q", key, m.Header[key], want)
		}
	}
}

func TestBatchesByBytesAndAge(t *testing.T) {
	to := new(broker)
	cfg := config()
	one := len(rec(catalogue.SchedProcessExit, 1))
	// Five do not fill a batch, six do.
	cfg.BatchBytes, cfg.BatchAge = 5*one+1, 20*time.Millisecond
	err := run(t.Context(), t, cfg, to, func(_ context.Context, sink Sink) error {
		for range 6 {
			sink.Record(rec(catalogue.SchedProcessExit, 1))
		}
		sink.Record(rec(catalogue.SchedProcessExit, 2))
		due := sink.Idle()
		if due <= 0 || due > cfg.BatchAge {
			return fmt.Errorf("due in %s", due)
		}
		time.Sleep(due + time.Millisecond)
		if due := sink.Idle(); due != 0 {
			return fmt.Errorf("after its age due in %s", due)
		}
		sink.Record(rec(catalogue.SchedProcessExit, 3))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var counts []uint32
	for _, b := range to.batches(t) {
		counts = append(counts, b.Envelope.Count)
	}
	if want := []uint32{6, 1, 1}; !slices.Equal(counts, want) {
		t.Errorf("counts %v, want %v", counts, want)
	}
}

// A collector started again never uses a sequence number of the one before.
func TestRestartTakesNewNumbers(t *testing.T) {
	var last uint64
	for i := range 3 {
		to := new(broker)
		if err := run(t.Context(), t, config(), to, func(_ context.Context, sink Sink) error {
			for range 5000 {
				sink.Record(rec(catalogue.Openat, 1))
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		list := to.batches(t)
		if first := list[0].Envelope.FirstSeq; first <= last {
			t.Errorf("run %d begins at %d, the one before ended at %d", i, first, last)
		}
		end := list[len(list)-1].Envelope
		last = end.FirstSeq + uint64(end.Count) - 1
	}
}

// With a broker that stands still, bulk records are shed and counted, priority
// records are all kept, and everything adds up in the end.
func TestShedding(t *testing.T) {
	to := &broker{hold: make(chan struct{})}
	cfg := config()
	cfg.QueueBytes = 100 << 10
	const opens, forks = 5000, 100
	err := run(t.Context(), t, cfg, to, func(_ context.Context, sink Sink) error {
		for i := range opens {
			sink.Record(rec(catalogue.Openat, uint64(i)))
			if i%(opens/forks) == 0 {
				sink.Record(rec(catalogue.SchedProcessFork, uint64(i)))
			}
		}
		close(to.hold)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	var lost uint64
	for _, b := range to.batches(t) {
		for r, err := range record.Records(b.Records) {
			if err != nil {
				t.Fatal(err)
			}
			typ, _, _ := record.Peek(r)
			got[typ.String()]++
		}
		for _, l := range b.Envelope.Losses {
			if l.Reason != "queue_full" || l.Event != "openat" || l.Stage != "collector" || l.FirstTime > l.LastTime {
				t.Errorf("loss %v", l)
			}
			lost += l.Count
		}
	}
	if got["sched_process_fork"] != forks {
		t.Errorf("%d forks of %d", got["sched_process_fork"], forks)
	}
	if lost == 0 || got["openat"]+lost != opens {
		t.Errorf("%d opens and %d lost of %d", got["openat"], lost, opens)
	}
}

// Priority records wait for the broker once their reserve is used up.
func TestPriorityWaits(t *testing.T) {
	to := &broker{hold: make(chan struct{})}
	cfg := config()
	cfg.QueueBytes = 64 << 10
	const forks = 3000
	sent := make(chan struct{})
	time.AfterFunc(100*time.Millisecond, func() {
		select {
		case <-sent:
			t.Error("the queue took more than its bound")
		default:
		}
		close(to.hold)
	})
	err := run(t.Context(), t, cfg, to, func(_ context.Context, sink Sink) error {
		for range forks {
			sink.Record(rec(catalogue.SchedProcessFork, 1))
		}
		close(sent)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	total := uint32(0)
	for _, b := range to.batches(t) {
		total += b.Envelope.Count
	}
	if total != forks {
		t.Errorf("%d of %d", total, forks)
	}
}

func TestLossesTravel(t *testing.T) {
	to := new(broker)
	cfg := config()
	cfg.BatchAge = time.Millisecond
	err := run(t.Context(), t, cfg, to, func(_ context.Context, sink Sink) error {
		sink.Lost(&eventpb.Loss{Reason: "ring_full", Event: "openat", Count: 3, FirstTime: 10, LastTime: 20})
		sink.Lost(&eventpb.Loss{Reason: "ring_full", Event: "openat", Count: 4, FirstTime: 5, LastTime: 15})
		sink.Lost(&eventpb.Loss{Reason: "nested", Event: "connect", Count: 1, FirstTime: 1, LastTime: 1})
		for sink.Idle() > 0 {
			time.Sleep(time.Millisecond)
		}
		sink.Record([]byte("not a record"))
		sink.Record(rec(catalogue.SchedProcessExit, 1))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	list := to.batches(t)
	if len(list) != 2 {
		t.Fatalf("%d batches: a loss alone makes one", len(list))
	}
	want := "nested connect 1 1-1, ring_full openat 7 5-20"
	var got []string
	for _, l := range list[0].Envelope.Losses {
		got = append(got, fmt.Sprintf("%s %s %d %d-%d", l.Reason, l.Event, l.Count, l.FirstTime, l.LastTime))
	}
	if strings.Join(got, ", ") != want {
		t.Errorf("losses %s, want %s", strings.Join(got, ", "), want)
	}
	if list[0].Envelope.FirstSeq == list[1].Envelope.FirstSeq {
		t.Error("an empty batch shares its id with the next")
	}
	if l := list[1].Envelope.Losses; len(l) != 1 || l[0].Reason != "corrupt" || l[0].Count != 1 {
		t.Errorf("losses %v", l)
	}
}

// What the broker will never take is a loss in a later batch.
func TestRefusedBatch(t *testing.T) {
	n := 0
	to := &broker{refuse: func(stage.Output) error {
		if n++; n == 1 {
			return errors.New("no permission")
		}
		return nil
	}}
	cfg := config()
	cfg.BatchEvents = 10
	gone := make(chan struct{})
	err := run(t.Context(), t, cfg, to, func(_ context.Context, sink Sink) error {
		for range 10 {
			sink.Record(rec(catalogue.Openat, 1))
		}
		time.AfterFunc(50*time.Millisecond, func() { close(gone) })
		<-gone
		sink.Record(rec(catalogue.SchedProcessExit, 1))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	list := to.batches(t)
	if len(list) != 1 || len(list[0].Envelope.Losses) != 1 {
		t.Fatalf("batches %v", list)
	}
	if l := list[0].Envelope.Losses[0]; l.Reason != "refused" || l.Event != "openat" || l.Count != 10 {
		t.Errorf("loss %v", l)
	}
}

// Told to stop while the broker stands still, Run ends in time and says what is
// left.
func TestStopTimeout(t *testing.T) {
	to := &broker{hold: make(chan struct{})}
	cfg := config()
	cfg.StopTimeout = 50 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	began := time.Now()
	err := run(ctx, t, cfg, to, func(ctx context.Context, sink Sink) error {
		for range 300 {
			sink.Record(rec(catalogue.Openat, 1))
		}
		cancel()
		<-ctx.Done()
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "300 events not published within 50ms") {
		t.Errorf("error %v", err)
	}
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("stopped after %s", d)
	}
}

func TestSourceFails(t *testing.T) {
	to := new(broker)
	broken := errors.New("broken")
	first := script(func(_ context.Context, sink Sink) error {
		sink.Record(rec(catalogue.SchedProcessExit, 1))
		return nil
	})
	second := script(func(context.Context, Sink) error { return broken })
	third := script(func(context.Context, Sink) error { t.Error("went on after an error"); return nil })
	c, err := New(config(), Chain(first, second, third), to, stage.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Run(t.Context()); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if n := len(to.batches(t)); n != 1 {
		t.Errorf("%d batches: what came before an error is published", n)
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"defaults", func(*Config) {}, ""},
		{"no subject", func(c *Config) { c.Subject = nil }, "no subject"},
		{"events", func(c *Config) { c.BatchEvents = -1 }, "batches of -1 events"},
		{"bytes", func(c *Config) { c.BatchBytes = 1 << 20 }, "batches of 1048576 bytes"},
		{"age", func(c *Config) { c.BatchAge = time.Hour }, "batch age 1h"},
		{"heartbeat", func(c *Config) { c.Heartbeat = time.Minute }, "heartbeat 1m0s: want 10ms to 30s"},
		{"fast heartbeat", func(c *Config) { c.Heartbeat = time.Millisecond }, "heartbeat 1ms"},
		{"queue", func(c *Config) { c.QueueBytes, c.BatchBytes = 10, 11 }, "less than a batch"},
		{"small queue", func(c *Config) { c.QueueBytes = 10 }, ""},
		{"negative queue", func(c *Config) { c.QueueBytes = -1 }, "less than a batch"},
		{"timeout", func(c *Config) { c.StopTimeout = -1 }, "negative"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := config()
			c.change(&cfg)
			_, err := New(cfg, Chain(), new(broker), stage.Settings{})
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	full, err := Config{}.withDefaults()
	if err != nil || full.Node == "" || len(full.BootID) != 36 {
		t.Errorf("defaults %+v, %v", full, err)
	}
}

// The boot time is right when a record made now decodes to now.
func TestClock(t *testing.T) {
	bootTime, since, err := readClocks()
	if err != nil {
		t.Fatal(err)
	}
	var d record.Decoder
	var e event.Event
	d.Reset(&eventpb.Envelope{BootTime: bootTime})
	if err := d.Decode(rec(catalogue.SchedProcessExit, uint64(since)), 1, &e); err != nil {
		t.Fatal(err)
	}
	if off := time.Since(time.Unix(0, e.Time)); off < -time.Millisecond || off > time.Second {
		t.Errorf("off by %s", off)
	}
}

func BenchmarkRecord(b *testing.B) {
	r := rec(catalogue.Openat, 1)
	c, err := New(config(), script(func(_ context.Context, sink Sink) error {
		b.ReportAllocs()
		b.SetBytes(int64(len(r)))
		for b.Loop() {
			sink.Record(r)
		}
		return nil
	}), new(discard), stage.Settings{})
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Run(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// discard is a broker that is always fast enough.
type discard struct{}

func (*discard) Publish(context.Context, stage.Output) error { return nil }
