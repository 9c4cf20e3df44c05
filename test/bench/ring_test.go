package bench

import (
	"context"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/collector"
	"github.com/weirsec/weir/services/collector/probe"
)

// ringReader is a collector alone: events wait in the kernel's ring until it is
// started.
type ringReader struct {
	line *line
	dir  string
	cost cost
}

func newRingReader(t testing.TB) *ringReader {
	t.Helper()
	needEBPF(t)
	return &ringReader{line: newLine(t, 1), dir: t.TempDir()}
}

// round fills a ring with n opens and measures the collector that empties it.
func (r *ringReader) round(t testing.TB, n int) {
	t.Helper()
	var p *probe.Probe
	var c *collector.Collector
	published := &publishing{conn: r.line.conn, done: make(chan struct{})}
	untimed(t, func() { p, c = r.fill(t, published, n) })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var group errgroup.Group
	r.cost.measured(t, func() int {
		group.Go(func() error { return c.Run(ctx) })
		<-published.done
		return int(published.want)
	})
	untimed(t, func() {
		cancel()
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// fill opens a probe and lets n opens, and whatever else happens, go into its
// ring; how many the kernel says there are is what published has to wait for.
func (r *ringReader) fill(t testing.TB, published *publishing, n int) (*probe.Probe, *collector.Collector) {
	t.Helper()
	p, err := probe.Open(probe.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.SetInterest(interest.Of("openat")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(r.dir, "plain")
	if err := writeEmpty(path); err != nil {
		t.Fatal(err)
	}
	perform(t, n-1, 0, path, path, path)
	counters, err := p.Counters()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range counters {
		published.want += k.Submitted
	}
	c, err := collector.New(collector.Config{Node: benchNode, Subject: bus.RawSubject}, p, published, r.line.settings)
	if err != nil {
		t.Fatal(err)
	}
	return p, c
}

// stop checks that the events of all rounds are in the stream.
func (r *ringReader) stop(t testing.TB) {
	t.Helper()
	if a := r.line.account(t, r.dir); a.all < r.cost.items {
		t.Errorf("%d events published of %d", a.all, r.cost.items)
	}
}

// publishing passes on to the broker, and says when that has as many events as
// wanted.
type publishing struct {
	conn      *bus.Conn
	want, had uint64
	done      chan struct{}
}

// Publish is called by one goroutine.
func (p *publishing) Publish(ctx context.Context, m bus.Message) error {
	if err := p.conn.Publish(ctx, m); err != nil {
		return err
	}
	n, err := strconv.ParseUint(m.Header["Weir-Count"], 10, 64)
	if err != nil {
		return err
	}
	before := p.had
	if p.had += n; before < p.want && p.had >= p.want {
		close(p.done)
	}
	return nil
}
