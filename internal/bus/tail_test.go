package bus_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
)

var errStop = errors.New("stop")

func TestTailBegins(t *testing.T) {
	conn := bustest.Run(t)
	publish(t, conn, 0, 5)
	time.Sleep(10 * time.Millisecond)
	between := time.Now()
	publish(t, conn, 5, 10)
	for _, c := range []struct {
		name  string
		cfg   bus.TailConfig
		first string
		count int
	}{
		{"oldest", bus.TailConfig{}, "id/0", 10},
		{"sequence", bus.TailConfig{StartSeq: 3}, "id/2", 8},
		{"time", bus.TailConfig{Since: between}, "id/5", 5},
		{"one node", bus.TailConfig{Filter: "weir.raw.*.node7"}, "id/7", 1},
		{"one partition", bus.TailConfig{Filter: bus.RawFilter(bus.Partition("node4", 16))}, "id/4", 1},
		{"durable", bus.TailConfig{Durable: "reader"}, "id/0", 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.cfg.Stream = bus.StreamRaw
			got := read(t, conn, c.cfg, c.count)
			if got[0].ID != c.first {
				t.Errorf("first message is %q, want %q", got[0].ID, c.first)
			}
		})
	}
}

func TestTailNew(t *testing.T) {
	conn := bustest.Run(t)
	publish(t, conn, 0, 3)
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan bus.Received)
	ended := make(chan error)
	go func() {
		ended <- conn.Tail(ctx, bus.TailConfig{Stream: bus.StreamRaw, DeliverNew: true},
			func(_ context.Context, m bus.Received) error {
				got <- m
				return nil
			})
	}()
	for { // until the consumer exists
		usage, err := conn.Usage(t.Context(), bus.StreamRaw)
		if err != nil {
			t.Fatal(err)
		}
		if len(usage.Consumers) > 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	publish(t, conn, 3, 4)
	if m := <-got; m.ID != "id/3" || m.Subject != "weir.raw.10.node3" || m.Delivered != 1 || m.Time.IsZero() {
		t.Errorf("got %+v", m)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("end of the context gives %v", err)
	}
}

// A durable consumer gives again what was not handled, and only that.
func TestTailDurableGoesOn(t *testing.T) {
	conn := bustest.Run(t)
	publish(t, conn, 0, 10)
	cfg := bus.TailConfig{Stream: bus.StreamRaw, Durable: "reader"}
	var seen []string
	err := conn.Tail(t.Context(), cfg, func(_ context.Context, m bus.Received) error {
		if len(seen) == 4 {
			return errStop
		}
		seen = append(seen, m.ID)
		return nil
	})
	if !errors.Is(err, errStop) {
		t.Fatalf("error is %v, want that of the function", err)
	}
	for _, m := range read(t, conn, cfg, 6) {
		seen = append(seen, m.ID)
	}
	for i, id := range seen {
		if want := message(i, 0).ID; id != want {
			t.Fatalf("messages are %v", seen)
		}
	}
}

// A reader that stops in the middle keeps nothing back from the next one.
func TestTailDurableStopsInTheMiddle(t *testing.T) {
	conn := bustest.Run(t)
	publish(t, conn, 0, 9)
	cfg := bus.TailConfig{Stream: bus.StreamRaw, Durable: "reader"}
	var got []string
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		n := 0
		err := conn.Tail(ctx, cfg, func(_ context.Context, m bus.Received) error {
			if n++; n == 3 {
				cancel()
			}
			got = append(got, m.ID)
			return nil
		})
		cancel()
		if err != nil || n < 3 {
			t.Fatalf("%d messages, %v", n, err)
		}
	}
	if len(got) != 9 || got[0] != "id/0" || got[8] != "id/8" {
		t.Errorf("got %v, want each of the 9 once and in order", got)
	}
}

// A broker that is away when a message has been handled does not end the reading.
func TestTailOutlastsAnInterruption(t *testing.T) {
	conn, url := bustest.RunListening(t)
	publish(t, conn, 0, 2)
	proxy := bustest.NewProxy(t, url)
	cut := bustest.Dial(t, proxy.URL)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var got []string
	err := cut.Tail(ctx, bus.TailConfig{Stream: bus.StreamRaw, Durable: "reader"}, func(_ context.Context, m bus.Received) error {
		if got = append(got, m.ID); len(got) == 1 {
			proxy.Hold()
			proxy.Cut()
			time.Sleep(200 * time.Millisecond) // the client notices
			time.AfterFunc(100*time.Millisecond, proxy.Heal)
		}
		if m.ID == "id/1" {
			cancel()
		}
		return nil
	})
	if err != nil || got[0] != "id/0" || got[len(got)-1] != "id/1" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestTailSkipsWhatCannotBeRead(t *testing.T) {
	conn := bustest.Run(t)
	bad := &nats.Msg{
		Subject: "weir.raw.n", Data: []byte("\xff\xff\xff\xff\xff\xff"),
		Header: nats.Header{"Content-Encoding": {"s2"}},
	}
	if _, err := conn.JetStream().PublishMsg(t.Context(), bad); err != nil {
		t.Fatal(err)
	}
	publish(t, conn, 0, 1)
	if got := read(t, conn, bus.TailConfig{Stream: bus.StreamRaw}, 1); got[0].ID != "id/0" {
		t.Errorf("got %+v", got[0])
	}
}

func TestTailWithoutStream(t *testing.T) {
	conn := bustest.Run(t)
	err := conn.Tail(t.Context(), bus.TailConfig{Stream: "NONE"}, nil)
	wantError(t, err, "read stream NONE")
}

func TestTailHeaders(t *testing.T) {
	conn := bustest.Run(t)
	m := message(1, 5000)
	m.ContentType, m.Header = "application/x", map[string]string{"Weir-Node": "nø"}
	if err := conn.Publish(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := read(t, conn, bus.TailConfig{Stream: bus.StreamRaw}, 1)[0]
	if got.ContentType != m.ContentType || len(got.Header) != 1 || got.Header["Weir-Node"] != "nø" {
		t.Errorf("content type %q, header %v", got.ContentType, got.Header)
	}
}

func publish(t *testing.T, conn *bus.Conn, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if err := conn.Publish(t.Context(), message(i, 1)); err != nil {
			t.Fatal(err)
		}
	}
}

// read returns the first n messages and checks that no more come where the
// stream is still.
func read(t *testing.T, conn *bus.Conn, cfg bus.TailConfig, n int) []bus.Received {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var got []bus.Received
	err := conn.Tail(ctx, cfg, func(_ context.Context, m bus.Received) error {
		got = append(got, m)
		if len(got) == n {
			// A moment more, for those that should not come.
			time.AfterFunc(20*time.Millisecond, cancel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != n {
		t.Fatalf("got %d messages, want %d", len(got), n)
	}
	return got
}
