package bus_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/bus/embed"
)

func TestPublishIsIdempotent(t *testing.T) {
	conn := bustest.Run(t)
	m := bus.Message{Subject: bus.RawSubject("n"), ID: "n/b/1", Data: []byte("x")}
	for range 3 {
		if err := conn.Publish(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	wantMessages(t, conn, bus.StreamRaw, 1)
}

func TestPublishAllKeepsTheOrder(t *testing.T) {
	conn := bustest.Run(t)
	const n = 1000
	var all []bus.Message
	for i := range n {
		all = append(all, message(i, 1+i*7%3000))
	}
	if err := conn.PublishAll(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	got := read(t, conn, bus.TailConfig{Stream: bus.StreamRaw}, n)
	for i, m := range got {
		if m.ID != all[i].ID || !bytes.Equal(m.Data, all[i].Data) || m.StreamSeq != uint64(i+1) {
			t.Fatalf("message %d is %q with %d bytes, sequence %d", i, m.ID, len(m.Data), m.StreamSeq)
		}
	}
}

func TestPublishRefusesAtOnce(t *testing.T) {
	conn := bustest.Run(t)
	random := make([]byte, 2<<20)
	rng := rand.NewChaCha8([32]byte{})
	_, _ = rng.Read(random)
	good := bus.Message{Subject: bus.RawSubject("n"), ID: "1"}
	for _, c := range []struct {
		name   string
		change func(*bus.Message)
		want   error
	}{
		{"no id", func(m *bus.Message) { m.ID = "" }, bus.ErrInvalid},
		{"id of two lines", func(m *bus.Message) { m.ID = "a\r\nNats-Rollup: all" }, bus.ErrInvalid},
		{"no subject", func(m *bus.Message) { m.Subject = "" }, bus.ErrInvalid},
		{"wildcard", func(m *bus.Message) { m.Subject = "weir.raw.*" }, bus.ErrInvalid},
		{"empty token", func(m *bus.Message) { m.Subject = "weir..raw" }, bus.ErrInvalid},
		{"broker's header", func(m *bus.Message) { m.Header = map[string]string{"Nats-Rollup": "all"} }, bus.ErrInvalid},
		{"header of two lines", func(m *bus.Message) { m.Header = map[string]string{"A": "b\nc"} }, bus.ErrInvalid},
		{"content type of two lines", func(m *bus.Message) { m.ContentType = "b\nc" }, bus.ErrInvalid},
		{"too large for the broker", func(m *bus.Message) { m.Data = random }, bus.ErrTooLarge},
		{"too large for readers", func(m *bus.Message) { m.Data = make([]byte, 17<<20) }, bus.ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := good
			c.change(&m)
			if err := conn.Publish(t.Context(), m); !errors.Is(err, c.want) {
				t.Errorf("error is %v, want %v", err, c.want)
			}
			if err := conn.PublishAll(t.Context(), []bus.Message{m, good}); !errors.Is(err, c.want) {
				t.Errorf("error of the set is %v, want %v", err, c.want)
			}
		})
	}
	wantMessages(t, conn, bus.StreamRaw, 0)
}

// What the credentials forbid comes back as an error that names the subject,
// not as an endless wait.
func TestPublishDenied(t *testing.T) {
	admin, user := bustest.Restricted(t, "weir.raw.mine", "$JS.API.INFO")
	if err := bustest.Dial(t, admin).Provision(t.Context(), bus.Layout{MaxBytes: 256 << 20}); err != nil {
		t.Fatal(err)
	}
	conn := bustest.Dial(t, user)
	if err := conn.Publish(t.Context(), bus.Message{Subject: bus.RawSubject("mine"), ID: "1"}); err != nil {
		t.Fatal(err)
	}
	err := conn.Publish(t.Context(), bus.Message{Subject: bus.RawSubject("other"), ID: "1"})
	if !errors.Is(err, bus.ErrDenied) || !strings.Contains(err.Error(), "weir.raw.other") {
		t.Errorf("error is %v, want ErrDenied with the subject", err)
	}
}

// A stream without room holds the publisher up; it goes on when there is room.
func TestPublishWaitsForSpace(t *testing.T) {
	conn := bustest.Run(t)
	setFull := func(discard jetstream.DiscardPolicy) {
		_, err := conn.JetStream().UpdateStream(t.Context(), jetstream.StreamConfig{
			Name: bus.StreamShadow, Subjects: []string{"weir.shadow.>"}, MaxBytes: 1000, Discard: discard,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	setFull(jetstream.DiscardNew)
	m := bus.Message{Subject: "weir.shadow.a", ID: "0", Data: make([]byte, 800)}
	if err := conn.Publish(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	m.ID = "1"
	short, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err := conn.Publish(short, m)
	if !errors.Is(err, bus.ErrFull) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error is %v, want ErrFull and the deadline", err)
	}
	published := make(chan error)
	go func() { published <- conn.Publish(t.Context(), m) }()
	time.Sleep(50 * time.Millisecond)
	setFull(jetstream.DiscardOld)
	if err := <-published; err != nil {
		t.Fatal(err)
	}
	wantMessages(t, conn, bus.StreamShadow, 1)
}

// Publishers of several messages outlast a restart of the server: each message
// is stored exactly once.
func TestPublishSurvivesRestart(t *testing.T) {
	dir := t.TempDir()
	address := "127.0.0.1:0"
	start := func() *embed.Server {
		srv, err := embed.Start(embed.Config{Dir: dir, Listen: address, MaxBytes: 256 << 20, Reserve: 1})
		if err != nil {
			t.Fatal(err)
		}
		address = strings.TrimPrefix(srv.URL(), "nats://")
		return srv
	}
	srv := start()
	conn := bustest.Dial(t, srv.URL())
	if err := conn.Provision(t.Context(), bus.Layout{MaxBytes: srv.MaxBytes()}); err != nil {
		t.Fatal(err)
	}
	const batch = 20
	restarted := make(chan struct{})
	var n int
	published := make(chan error)
	go func() { published <- publishUntil(t.Context(), conn, restarted, batch, &n) }()
	for range 2 {
		time.Sleep(100 * time.Millisecond)
		if err := srv.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		srv = start()
	}
	close(restarted)
	if err := <-published; err != nil {
		t.Fatal(err)
	}
	wantMessages(t, conn, bus.StreamRaw, uint64(n))
	t.Cleanup(func() { _ = srv.Shutdown(context.Background()) })
}

// publishUntil publishes sets of messages, and one more after the end.
func publishUntil(ctx context.Context, conn *bus.Conn, end <-chan struct{}, batch int, n *int) error {
	for last := false; ; {
		var set []bus.Message
		for range batch {
			set = append(set, message(*n, 100))
			*n++
		}
		if err := conn.PublishAll(ctx, set); err != nil || last {
			return err
		}
		select {
		case <-end:
			last = true
		default:
		}
	}
}

func message(i, size int) bus.Message {
	return bus.Message{
		Subject: bus.RawSubject(fmt.Sprint("node", i%10)), ID: fmt.Sprint("id/", i),
		Data: bytes.Repeat([]byte{byte(i)}, size),
	}
}

func wantMessages(t *testing.T, conn *bus.Conn, stream string, want uint64) {
	t.Helper()
	usage, err := conn.Usage(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	if usage.Messages != want {
		t.Errorf("%s holds %d messages, want %d", stream, usage.Messages, want)
	}
}
