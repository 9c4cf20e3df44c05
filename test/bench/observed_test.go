package bench

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/services/collector/live"
)

// observed is this machine under Weir: all four stages, with eBPF.
type observed struct {
	line     *line
	machine  *live.Machine
	stages   *running
	arrivals *arrivals
	group    errgroup.Group
	cancel   context.CancelFunc
	// dir holds the files that children open, and no other process does.
	dir, plain, watched string
	// performed is how many of the opens were done, ends how many of them were
	// the last of a round.
	performed, ends int
}

// observe starts everything with the signatures of that name.
func observe(t testing.TB, signatures string) *observed {
	t.Helper()
	needEBPF(t)
	o := &observed{line: newLine(t, 16), dir: t.TempDir()}
	o.plain, o.watched = o.file(t, "plain"), o.file(t, "file"+watchedMark)
	var err error
	if o.machine, err = live.Open(live.Config{Node: benchNode}, o.line.settings); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.machine.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := o.machine.Collector(o.line.conn, bus.RawSubject)
	if err != nil {
		t.Fatal(err)
	}
	o.arrivals = o.line.subscribe(t)
	o.stages = o.line.start(t, o.line.enricher(t), o.line.detector(t, signatures), o.line.notifier(t))
	o.machine.SetInterest(t.Context(), signatureSet(t, signatures).Interest())
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	o.cancel = cancel
	o.group.Go(func() error { return c.Run(ctx) })
	// A test that fails half-way closes the machine too, and may not do so under a
	// collector that reads its rings.
	t.Cleanup(func() {
		cancel()
		_ = o.group.Wait()
	})
	// What was there before is behind us when the first finding comes.
	o.round(t, 0, 0)
	return o
}

// round lets a child open n files and waits for the finding of one more. It
// returns how many opens that were.
func (o *observed) round(t testing.TB, n int, pause time.Duration) int {
	t.Helper()
	before := o.performed
	last := o.file(t, "end"+watchedMark)
	for range 10 {
		perform(t, n, pause, o.plain, o.watched, last)
		o.performed += n + 1
		o.ends++
		if o.arrivals.until(5*time.Second, func(a arrival) bool { return a.path == last }) {
			return o.performed - before
		}
		n = 0 // the last one was lost: another one will tell
	}
	t.Fatal("no finding came")
	return 0
}

func (o *observed) file(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(o.dir, name)
	if err := writeEmpty(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func writeEmpty(path string) error { return os.WriteFile(path, nil, 0o600) }

// stop ends the stages in order and returns the account of all rounds.
func (o *observed) stop(t testing.TB) account {
	t.Helper()
	o.cancel()
	if err := o.group.Wait(); err != nil {
		t.Fatal(err)
	}
	o.stages.drain(t)
	o.stages.stop(t)
	o.arrivals.stop(t)
	return o.line.account(t, o.dir)
}
