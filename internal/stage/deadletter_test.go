package stage_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
)

var errBad = errors.New("bad\r\nthing \x1b[31m")

func TestDeadLetters(t *testing.T) {
	large := make([]byte, 2<<20)
	rng := rand.NewChaCha8([32]byte{})
	_, _ = rng.Read(large)
	for _, c := range []struct {
		name    string
		handler stage.HandlerFunc
		calls   int32
		panics  int64
		reason  string
	}{
		{"permanent error", func(context.Context, stage.Message) ([]stage.Output, error) {
			return nil, stage.Permanent(errBad)
		}, 1, 0, "bad??thing ?[31m"},
		{"too many errors", func(context.Context, stage.Message) ([]stage.Output, error) {
			return nil, errBad
		}, 5, 0, "bad??thing ?[31m"},
		{"panics", func(context.Context, stage.Message) ([]stage.Output, error) {
			panic("boom")
		}, 5, 5, "handler panicked: boom"},
		{"output without id", func(context.Context, stage.Message) ([]stage.Output, error) {
			return []stage.Output{{Subject: "weir.events.1.n"}}, nil
		}, 1, 0, "invalid message"},
		{"output too large", func(context.Context, stage.Message) ([]stage.Output, error) {
			return []stage.Output{{Subject: "weir.events.1.n", ID: "1", Data: large}}, nil
		}, 1, 0, "too large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := bustest.Run(t)
			var calls atomic.Int32
			r := start(t, conn, copyConfig(stage.HandlerFunc(
				func(ctx context.Context, in stage.Message) ([]stage.Output, error) {
					if in.ID != "bad" {
						return copyOne(ctx, in)
					}
					calls.Add(1)
					return c.handler(ctx, in)
				})))
			bad := bus.Message{
				Subject: bus.RawSubject("n1"), ID: "bad", Data: []byte(strings.Repeat("a", 3000)),
				ContentType: "x/y", Header: map[string]string{"Weir-Node": "n1"},
			}
			if err := conn.Publish(t.Context(), bad); err != nil {
				t.Fatal(err)
			}
			feed(t, conn, 0, 10)
			r.drain()
			r.stop()
			got := letter(t, conn)
			if string(got.Data) != string(bad.Data) || got.ContentType != "x/y" || got.Header["Weir-Node"] != "n1" ||
				got.Header[stage.HeaderID] != "bad" || got.Header[stage.HeaderStream] != bus.StreamRaw ||
				got.Header[stage.HeaderSeq] != "1" || !strings.HasPrefix(got.Header[stage.HeaderSubject], "weir.raw.") {
				t.Errorf("dead letter is %+v", got)
			}
			if !strings.Contains(got.Header[stage.HeaderReason], c.reason) {
				t.Errorf("reason is %q, want %q", got.Header[stage.HeaderReason], c.reason)
			}
			if n := calls.Load(); n != c.calls {
				t.Errorf("handled %d times, want %d", n, c.calls)
			}
			if n := r.count("weir.stage.panics", ""); n != c.panics {
				t.Errorf("counted %d panics, want %d", n, c.panics)
			}
			if n := r.count("weir.stage.messages", "dead_lettered"); n != 1 {
				t.Errorf("counted %d dead letters", n)
			}
			// The messages behind it were not held up for good.
			if n := stored(t, conn, bus.StreamEvents); n != 10 {
				t.Errorf("%d outputs, want 10", n)
			}
		})
	}
}

// What cannot be decoded is kept as it was.
func TestUnreadablePayload(t *testing.T) {
	conn := bustest.Run(t)
	raw := []byte("\xff\xff\xff\xff\xff\xff")
	_, err := conn.JetStream().PublishMsg(t.Context(), &nats.Msg{
		Subject: "weir.raw.n", Data: raw, Header: nats.Header{"Content-Encoding": {"s2"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, conn, copyConfig(stage.HandlerFunc(copyOne)))
	feed(t, conn, 0, 1)
	r.drain()
	r.stop()
	got := letter(t, conn)
	if string(got.Data) != string(raw) || got.Header[stage.HeaderEncoding] != "s2" {
		t.Errorf("dead letter is %+v", got)
	}
}
