package probe

import (
	"context"
	"encoding/binary"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector"
)

// hostPIDAt is where a record has its process's number.
const hostPIDAt = 32

// memory is a broker that keeps everything.
type memory struct {
	mu       sync.Mutex
	messages []stage.Output
}

func (m *memory) Publish(_ context.Context, o stage.Output) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.messages = append(m.messages, o)
	return nil
}

// watched is what one run of a collector brought.
type watched struct {
	events  []event.Event
	batches []*eventpb.RawBatch
	losses  []*eventpb.Loss
	probe   *Probe
	// keep chooses the processes whose events are decoded; nil for all.
	keep func(hostPID int32) bool
}

// open opens a probe or skips; with WEIR_REQUIRE=ebpf it fails instead.
func open(t testing.TB, cfg Config) *Probe {
	t.Helper()
	p, err := Open(cfg)
	if err != nil {
		if strings.Contains(os.Getenv("WEIR_REQUIRE"), "ebpf") {
			t.Fatal(err)
		}
		t.Skipf("eBPF does not work here: %v", err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// watch collects while do runs and returns all that was published.
func watch(t *testing.T, cfg Config, events []string, do func()) *watched {
	t.Helper()
	return watchSome(t, cfg, events, do, nil)
}

// watchSome decodes only the events of processes that keep chooses, which it is
// asked after do has run: a busy machine has many others.
func watchSome(t *testing.T, cfg Config, events []string, do func(), keep func(hostPID int32) bool) *watched {
	t.Helper()
	w := &watched{probe: open(t, cfg), keep: keep}
	w.run(t, interest.Of(events...), do)
	return w
}

// run collects what is wanted while do runs.
func (w *watched) run(t *testing.T, wanted interest.Interest, do func()) {
	t.Helper()
	if err := w.probe.SetInterest(wanted); err != nil {
		t.Fatal(err)
	}
	broker := new(memory)
	c, err := collector.New(collector.Config{
		Node: "here", Subject: func(n string) string { return "weir.raw." + n },
	}, w.probe, broker, stage.Settings{Instance: "test"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var failed error
	wg.Go(func() { failed = c.Run(ctx) })
	do()
	cancel()
	wg.Wait()
	if failed != nil {
		t.Fatal(failed)
	}
	w.decode(t, broker.messages)
}

func (w *watched) decode(t *testing.T, messages []stage.Output) {
	t.Helper()
	var d record.Decoder
	for _, m := range messages {
		b, err := record.Unmarshal(m.Data)
		if err != nil {
			t.Fatal(err)
		}
		w.batches = append(w.batches, b)
		w.losses = append(w.losses, b.Envelope.Losses...)
		d.Reset(b.Envelope)
		seq := b.Envelope.FirstSeq
		for rec, err := range record.Records(b.Records) {
			if err != nil {
				t.Fatal(err)
			}
			if w.keep != nil && !w.keep(int32(binary.LittleEndian.Uint32(rec[hostPIDAt:]))) {
				seq++
				continue
			}
			var e event.Event
			if err := d.Decode(rec, seq, &e); err != nil {
				t.Fatal(err)
			}
			w.events = append(w.events, e)
			seq++
		}
	}
}

// of returns the events with that name of the process with that pid; any
// process for 0.
func (w *watched) of(name string, pid int) []event.Event {
	var list []event.Event
	for _, e := range w.events {
		if (name == "" || e.Name() == name) && (pid == 0 || int(e.Context.HostPID) == pid) {
			list = append(list, e)
		}
	}
	return list
}

// lost adds up what is said to be missing.
func (w *watched) lost(reason, name string) (n uint64) {
	for _, l := range w.losses {
		if l.Reason == reason && l.Event == name {
			n += l.Count
		}
	}
	return n
}

// child performs an action in a process of its own and returns its pid.
func child(t testing.TB, action string, args ...string) int {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), "WEIR_TEST_ACTION="+action)
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState.ExitCode() != 7 {
		t.Fatalf("%s: %v\n%s", action, err, out)
	}
	return cmd.Process.Pid
}

// text returns an argument as text, or its kind where it is none.
func text(t *testing.T, e event.Event, name string) string {
	t.Helper()
	v, ok := e.Arg(name)
	if !ok {
		t.Fatalf("%s has no argument %s", e.Name(), name)
	}
	if v.Kind() != event.KindString {
		t.Errorf("%s of %s is %+v", name, e.Name(), v)
	}
	return v.Text()
}

func number(t *testing.T, e event.Event, name string) int64 {
	t.Helper()
	v, ok := e.Arg(name)
	n, isNumber := v.Int()
	if !ok || !isNumber {
		t.Fatalf("%s of %s is %+v", name, e.Name(), v)
	}
	return n
}
