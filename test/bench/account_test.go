package bench

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/record"
)

// account is what became of opens, as the streams tell it.
type account struct {
	// raw, enriched and findings are how many of them are in each stream.
	raw, enriched, findings int
	// lost are the opens of the whole machine that batches report as lost, and
	// all its events, whatever they are.
	lost, all int
}

// account counts the opens of files below dir.
func (l *line) account(t testing.TB, dir string) account {
	t.Helper()
	var a account
	l.each(t, bus.StreamRaw, func(m bus.Received) {
		b, err := record.Unmarshal(m.Data)
		if err != nil {
			t.Fatal(err)
		}
		for _, loss := range b.Envelope.Losses {
			if loss.Event == "openat" {
				a.lost += int(loss.Count)
			}
		}
		a.all += int(b.Envelope.Count)
		for rec, err := range record.Records(b.Records) {
			if err != nil {
				t.Fatal(err)
			}
			if typ, _, err := record.Peek(rec); err == nil && typ == catalogue.Openat && bytes.Contains(rec, []byte(dir)) {
				a.raw++
			}
		}
	})
	l.events(t, func(e *event.Event) {
		if path, ok := e.String("pathname"); ok && e.Shape.Name == "openat" && strings.HasPrefix(path, dir) {
			a.enriched++
		}
	})
	l.each(t, bus.StreamFindings, func(m bus.Received) {
		found, err := newArrival(m)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(found.path, dir) {
			a.findings++
		}
	})
	return a
}

// events hands over every enriched event in turn.
func (l *line) events(t testing.TB, fn func(*event.Event)) {
	t.Helper()
	var decoder batch.Decoder
	l.each(t, bus.StreamEvents, func(m bus.Received) {
		b, err := decoder.Decode(m.Data)
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Events {
			fn(&b.Events[i])
		}
	})
}

// paths returns how many enriched events of each name have a path.
func (l *line) paths(t testing.TB) map[string]int {
	t.Helper()
	found := map[string]int{}
	l.events(t, func(e *event.Event) {
		if path, ok := e.String("pathname"); ok && path != "" {
			found[e.Shape.Name]++
		}
	})
	return found
}

// each hands over every message of a stream in turn.
func (l *line) each(t testing.TB, stream string, fn func(bus.Received)) {
	t.Helper()
	left := l.stored(t, stream)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if left == 0 {
		return
	}
	err := l.conn.Tail(ctx, bus.TailConfig{Stream: stream}, func(_ context.Context, m bus.Received) error {
		fn(m)
		if left--; left == 0 {
			cancel()
		}
		return nil
	})
	if err != nil || left > 0 {
		t.Fatalf("%d messages of %s not read: %v", left, stream, err)
	}
}

// check holds the account against what was done. Losses are known for the
// machine as a whole only: with any, the opens of others may be among them.
func (a account) check(t testing.TB, performed int) {
	t.Helper()
	if a.raw > performed || a.raw+a.lost < performed || a.lost == 0 && a.raw != performed {
		t.Errorf("%d opens performed, %d received, %d reported lost", performed, a.raw, a.lost)
	}
	if a.enriched != a.raw {
		t.Errorf("%d opens received, %d enriched", a.raw, a.enriched)
	}
}
