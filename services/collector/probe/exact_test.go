package probe

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/schemas/record"
)

const opens = 10_000

func marked(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "marked")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// count returns the kernel's own counts of an event.
func count(t testing.TB, p *Probe, typ catalogue.Type) bpf.Counter {
	t.Helper()
	list, err := p.Counters()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if c.Type == typ {
			return c
		}
	}
	return bpf.Counter{}
}

// Each of ten thousand opens is an event, or is counted as lost.
func TestTenThousandOpens(t *testing.T) {
	path := marked(t)
	var pid int
	w := watch(t, Config{}, []string{"openat", "security_file_open"}, func() {
		pid = child(t, "opens", path, strconv.Itoa(opens))
	})
	for _, c := range []struct {
		event, arg string
		typ        catalogue.Type
	}{
		{"openat", "pathname", catalogue.Openat},
		{"security_file_open", "pathname", catalogue.SecurityFileOpen},
	} {
		got := 0
		for _, e := range w.of(c.event, pid) {
			if text(t, e, c.arg) == path {
				got++
			}
		}
		k := count(t, w.probe, c.typ)
		lost := w.lost("ring_full", c.event) + w.lost("nested", c.event) + w.lost("shed", c.event) + w.lost("throttled", c.event)
		if got != opens && uint64(got)+lost < opens {
			t.Errorf("%s: %d events and %d lost of %d", c.event, got, lost, opens)
		}
		if lost != k.Lost() {
			t.Errorf("%s: losses say %d, the kernel %+v", c.event, lost, k)
		}
		if k.Lost() == 0 && got != opens {
			t.Errorf("%s: %d events without a loss", c.event, got)
		}
		t.Logf("%s: %d of %d, lost %d", c.event, got, opens, lost)
	}
}

// slowSink takes records slowly, so that tiny rings overflow.
type slowSink struct {
	got   map[catalogue.Type]uint64
	lost  map[string]uint64
	delay time.Duration
}

func (s *slowSink) Record(rec []byte) {
	typ, _, err := record.Peek(rec)
	if err != nil {
		panic(err)
	}
	s.got[typ]++
	if s.got[typ]%64 == 0 {
		time.Sleep(s.delay)
	}
}
func (s *slowSink) Batch(*eventpb.RawBatch) {}
func (s *slowSink) Lost(l *eventpb.Loss)    { s.lost[l.Reason+" "+l.Event] += l.Count }
func (s *slowSink) Idle() (w time.Duration) { return 0 }

// With rings far too small, what arrives and what is reported lost add up to
// what happened, event by event.
func TestDropsAreExact(t *testing.T) {
	p := open(t, Config{PriorityRing: 4096, BulkRing: 4096})
	if err := p.SetInterest(interest.Of("openat", "security_file_open")); err != nil {
		t.Fatal(err)
	}
	sink := &slowSink{got: map[catalogue.Type]uint64{}, lost: map[string]uint64{}, delay: 2 * time.Millisecond}
	ctx, cancel := context.WithCancel(t.Context())
	path := marked(t)
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, sink) }()
	for range 3 {
		child(t, "opens", path, "3000")
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	list, err := p.Counters()
	if err != nil {
		t.Fatal(err)
	}
	dropped := uint64(0)
	for _, c := range list {
		if !c.Balanced() {
			t.Errorf("%s: %+v does not add up", c.Type, c)
		}
		if got := sink.got[c.Type]; got != c.Submitted {
			t.Errorf("%s: %d arrived of %d submitted", c.Type, got, c.Submitted)
		}
		lost := uint64(0)
		for _, reason := range []string{"ring_full", "nested", "shed", "throttled"} {
			lost += sink.lost[reason+" "+c.Type.String()]
		}
		if lost != c.Lost() {
			t.Errorf("%s: %d reported lost of %d", c.Type, lost, c.Lost())
		}
		dropped += c.Lost()
	}
	if dropped == 0 {
		t.Error("nothing was dropped: the test proves nothing")
	}
	if k := count(t, p, catalogue.Openat); k.Seen < 9000 {
		t.Errorf("%d opens seen of 9000", k.Seen)
	}
}

// The reader sleeps while nothing happens and is woken within milliseconds.
func TestWakesUp(t *testing.T) {
	path := marked(t)
	var began time.Time
	w := watch(t, Config{}, []string{"openat"}, func() {
		time.Sleep(300 * time.Millisecond)
		began = time.Now()
		child(t, "opens", path, "1")
		time.Sleep(300 * time.Millisecond)
	})
	for _, b := range w.batches {
		stamp := b.Envelope.Stamps[0]
		if stamp.In > stamp.Out || stamp.Stage != "collector" || stamp.Instance != "test" {
			t.Errorf("stamp %+v", stamp)
		}
	}
	for _, e := range w.of("openat", 0) {
		if text(t, e, "pathname") != path {
			continue
		}
		if e.Time < began.UnixNano()-1e6 || e.Time > began.UnixNano()+5e9 {
			t.Errorf("kernel time %d, began %d", e.Time, began.UnixNano())
		}
		for _, b := range w.batches {
			env := b.Envelope
			if e.Seq < env.FirstSeq || e.Seq >= env.FirstSeq+uint64(env.Count) {
				continue
			}
			if delay := time.Duration(env.Stamps[0].Out - e.Time); delay > 250*time.Millisecond {
				t.Errorf("handed on after %s", delay)
			}
			if e.Time < env.MinTime || e.Time > env.MaxTime {
				t.Errorf("time %d outside of %d to %d", e.Time, env.MinTime, env.MaxTime)
			}
		}
		return
	}
	t.Error("the open did not arrive")
}

// Interest changes while events come.
func TestInterestIsLive(t *testing.T) {
	path := marked(t)
	p := open(t, Config{})
	sink := &slowSink{got: map[catalogue.Type]uint64{}, lost: map[string]uint64{}}
	for i, c := range []struct {
		interest []string
		want     bool
	}{{nil, false}, {[]string{"openat"}, true}, {[]string{"connect"}, false}, {[]string{"*"}, true}} {
		if err := p.SetInterest(interest.Of(c.interest...)); err != nil {
			t.Fatal(err)
		}
		child(t, "opens", path, "50")
		for p.drain(sink) > 0 {
		}
		if got := sink.got[catalogue.Openat] >= 50; got != c.want {
			t.Errorf("step %d, interest %v: %d opens", i, c.interest, sink.got[catalogue.Openat])
		}
		clear(sink.got)
	}
}
