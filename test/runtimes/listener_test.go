package runtimes

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector/runtimes"
)

// listener is the sink of a watcher: it decodes what it is told.
type listener struct {
	watcher *runtimes.Watcher
	stop    func()

	mu     sync.Mutex
	events []event.Event
}

func (l *listener) Record(rec []byte) {
	var d record.Decoder
	d.Reset(&eventpb.Envelope{})
	var e event.Event
	if err := d.Decode(append([]byte(nil), rec...), 0, &e); err != nil {
		panic(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
}
func (l *listener) Batch(*eventpb.RawBatch) {}
func (l *listener) Lost(*eventpb.Loss)      {}
func (l *listener) Idle() time.Duration     { return 0 }

// listen watches endpoints until the test's end, or stop.
func listen(t *testing.T, cfg runtimes.Config, endpoints ...runtimes.Endpoint) *listener {
	t.Helper()
	cfg.Endpoints = endpoints
	cfg.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	w, err := runtimes.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{watcher: w}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx, l) }()
	l.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(l.stop)
	return l
}

// all returns the events of a name about a container so far.
func (l *listener) all(name, id string) []event.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []event.Event
	for _, e := range l.events {
		if got, _ := e.Arg("container_id"); e.Name() == name && got.Text() == id {
			list = append(list, e)
		}
	}
	return list
}

// await returns the first event of a name about a container that fits; a nil
// fits takes any.
func (l *listener) await(t *testing.T, name, id string, fits func(*event.Event) bool) *event.Event {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		list := l.all(name, id)
		for i := range list {
			if fits == nil || fits(&list[i]) {
				return &list[i]
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s of %s was not told; there is %s", name, id, l.dump())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (l *listener) dump() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := ""
	for i := range l.events {
		text += "\n" + string(event.AppendRawJSON(nil, &l.events[i]))
	}
	return text
}

// check compares the arguments of an event, as fmt shows them.
func check(t *testing.T, e *event.Event, want map[string]string) {
	t.Helper()
	for name, text := range want {
		v, ok := e.Arg(name)
		got := v.Text()
		if v.Kind() != event.KindString {
			got = fmt.Sprint(v)
		}
		if !ok || got != text {
			t.Errorf("%s: %s = %q, want %q", e.Name(), name, got, text)
		}
	}
}

// number returns a number among the arguments.
func number(e *event.Event, name string) int64 {
	v, _ := e.Arg(name)
	n, _ := v.Int()
	return n
}

// mkdir is a record of cgroup_mkdir.
func mkdir(path string) []byte {
	var b record.Builder
	return b.Begin(record.Header{Type: catalogue.CgroupMkdir, Sysno: -1}).Uint(0, 7).Text(1, path).End()
}
