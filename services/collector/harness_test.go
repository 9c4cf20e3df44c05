package collector

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector/spool"
)

// messages is a log that can be searched while it is written.
type messages struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (m *messages) Write(b []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.buf.Write(b)
}

func (m *messages) count(text string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Count(m.buf.String(), text)
}

// troubles are what the collector said of its health.
type troubles struct {
	mu   sync.Mutex
	list []string
}

func (l *troubles) set(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, text)
}

func (l *troubles) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) == 0 {
		return ""
	}
	return l.list[len(l.list)-1]
}

// node is a collector under test, whose source is fed by the test.
type node struct {
	t        *testing.T
	cfg      Config
	log      *messages
	troubles *troubles
	feed     chan []byte
	stop     context.CancelFunc
	done     chan error
	work     sync.WaitGroup
	// bulk makes records that much larger, so that they cannot be compressed.
	bulk int
}

// start runs a collector with quick reactions; change may change its
// configuration.
func start(t *testing.T, to Publisher, s *spool.Spool, change func(*Config)) *node {
	t.Helper()
	n := &node{
		t: t, cfg: config(), log: new(messages), troubles: new(troubles),
		feed: make(chan []byte, 1), done: make(chan error, 1),
	}
	n.cfg.Spool, n.cfg.SpoolAfter, n.cfg.calm = s, 100*time.Millisecond, 100*time.Millisecond
	n.cfg.BatchAge, n.cfg.Trouble = time.Millisecond, n.troubles.set
	n.cfg.Subject = bus.RawSubject
	if change != nil {
		change(&n.cfg)
	}
	source := script(func(ctx context.Context, sink Sink) error {
		for {
			var due <-chan time.Time
			if d := sink.Idle(); d > 0 {
				due = time.After(d)
			}
			select {
			case rec, ok := <-n.feed:
				if !ok {
					return nil
				}
				sink.Record(rec)
			case <-due:
			case <-ctx.Done():
				for len(n.feed) > 0 {
					sink.Record(<-n.feed)
				}
				return nil
			}
		}
	})
	c, err := New(n.cfg, source, to, stage.Settings{Instance: "i", Logger: slog.New(slog.NewTextHandler(n.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	n.stop = cancel
	n.work.Go(func() { n.done <- c.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		n.work.Wait()
	})
	return n
}

// end stops the collector as a signal does, or by the end of its source.
func (n *node) end(signal bool) error {
	n.t.Helper()
	if signal {
		n.stop()
	} else {
		close(n.feed)
	}
	select {
	case err := <-n.done:
		return err
	case <-time.After(30 * time.Second):
		n.t.Fatalf("does not end; log:\n%s", n.log.buf.String())
		return nil
	}
}

// kind is the type of record i: a tenth are critical.
func kind(i int) catalogue.Type {
	if i%10 == 0 {
		return catalogue.SchedProcessFork
	}
	return catalogue.Openat
}

// give hands over records from up to to, with a pause after each hundred.
func (n *node) give(from, to int, pause time.Duration) {
	n.t.Helper()
	for i := from; i < to; i++ {
		select {
		case n.feed <- n.record(i):
		case <-time.After(30 * time.Second):
			n.t.Fatalf("record %d is not taken; log:\n%s", i, n.log.buf.String())
		}
		if i%100 == 99 {
			time.Sleep(pause)
		}
	}
}

func (n *node) record(i int) []byte {
	if n.bulk == 0 {
		return rec(kind(i), uint64(i))
	}
	text := make([]byte, n.bulk)
	_, _ = mathrand.NewChaCha8([32]byte{byte(i), byte(i >> 8), byte(i >> 16)}).Read(text) // never fails
	return new(record.Builder).Begin(record.Header{Type: kind(i), Time: uint64(i), Sysno: -1}).Text(0, string(text)).End()
}

// stream is what a broker has.
type stream struct {
	// numbers are those of the records, in the order of the stream.
	numbers []int
	ids     []string
	boots   []string
	// lost is how many events are missing, by reason and event.
	lost map[string]uint64
}

// read reads the raw stream to its end.
func read(t *testing.T, conn *bus.Conn) *stream {
	t.Helper()
	s := &stream{lost: map[string]uint64{}}
	usage, err := conn.Usage(t.Context(), bus.StreamRaw)
	if err != nil {
		t.Fatal(err)
	}
	if usage.Messages == 0 {
		return s
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	enough := errors.New("enough")
	err = conn.Tail(ctx, bus.TailConfig{Stream: bus.StreamRaw}, func(_ context.Context, m bus.Received) error {
		b, err := record.Unmarshal(m.Data)
		if err != nil {
			return err
		}
		s.ids, s.boots = append(s.ids, m.ID), append(s.boots, b.Envelope.BootId)
		for r, err := range record.Records(b.Records) {
			if err != nil {
				return err
			}
			_, at, err := record.Peek(r)
			if err != nil {
				return err
			}
			s.numbers = append(s.numbers, int(at))
		}
		for _, l := range b.Envelope.Losses {
			s.lost[l.Reason+" "+l.Event] += l.Count
		}
		if m.StreamSeq >= usage.LastSeq {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) {
		t.Fatal(err)
	}
	return s
}

// missing is how many events are said to be missing.
func (s *stream) missing() (n uint64) {
	for _, count := range s.lost {
		n += count
	}
	return n
}

// check expects records 0 to n-1 in order, each once or counted as lost, and
// that none of the critical ones is missing.
func (s *stream) check(t *testing.T, n int) {
	t.Helper()
	before := -1
	critical := 0
	for at, i := range s.numbers {
		if i <= before {
			t.Fatalf("record %d stands behind %d, at %d of %d", i, before, at, len(s.numbers))
		}
		before = i
		if kind(i) == catalogue.SchedProcessFork {
			critical++
		}
	}
	if got := len(s.numbers) + int(s.missing()); got != n {
		t.Errorf("%d records arrived and %d are counted as lost (%v): %d of %d", len(s.numbers), s.missing(), s.lost, got, n)
	}
	if want := (n + 9) / 10; critical != want {
		t.Errorf("%d critical records of %d", critical, want)
	}
}

// openSpool opens a spool that is closed at the end of the test, after the
// collector.
func openSpool(t *testing.T, dir string, size int64) *spool.Spool {
	t.Helper()
	s, err := spool.Open(spool.Config{Dir: dir, Bytes: size, Reserve: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// until waits for a condition.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 30 s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// spawn starts a broker in a process of its own, with streams.
func spawn(t *testing.T) (*bustest.Process, *bus.Conn) {
	t.Helper()
	p := bustest.Spawn(t)
	conn := bustest.Dial(t, p.URL)
	if err := conn.Provision(t.Context(), bus.Layout{MaxBytes: 256 << 20}); err != nil {
		t.Fatal(err)
	}
	return p, conn
}
