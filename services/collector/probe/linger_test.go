package probe

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/interest"
)

// waiting counts what it is given and how often it is asked; wait is what it
// says then.
type waiting struct {
	wait                  time.Duration
	records, bytes, asked atomic.Int64
}

func (w *waiting) Record(rec []byte) {
	w.records.Add(1)
	w.bytes.Add(int64(len(rec)))
}
func (w *waiting) Batch(*eventpb.RawBatch) {}
func (w *waiting) Lost(*eventpb.Loss)      {}
func (w *waiting) Idle() time.Duration {
	w.asked.Add(1)
	return w.wait
}

// runTo runs the probe until the returned function is called.
func runTo(t *testing.T, p *Probe, to *waiting) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, to) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// Where nothing happens, the reader looks at the kernel's counters once a second
// and otherwise sleeps.
func TestIdleReaderSleeps(t *testing.T) {
	p := open(t, Config{})
	if err := p.programs.Detach(); err != nil { // The machine has other work.
		t.Fatal(err)
	}
	to := new(waiting)
	stop := runTo(t, p, to)
	defer stop()
	time.Sleep(100 * time.Millisecond)
	used := func() time.Duration {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
			t.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	const seconds = 3
	asked, before := to.asked.Load(), used()
	time.Sleep(seconds * time.Second)
	asked, spent := to.asked.Load()-asked, used()-before
	t.Logf("%d looks, %s of processor time in %d s", asked, spent, seconds)
	if asked > seconds+1 {
		t.Errorf("%d looks in %d s", asked, seconds)
	}
	// No more than that, for processors that are emulated.
	if spent > seconds*time.Second/10 {
		t.Errorf("%s of processor time in %d s", spent, seconds)
	}
}

// A reader that has time is woken when a ring fills: of a ring that many times
// over is filled, more is read than it holds.
func TestFilledRingWakes(t *testing.T) {
	const size, opens = 1 << 20, 60_000
	p := open(t, Config{BulkRing: size, TaskRate: 1_000_000})
	to := &waiting{wait: time.Hour}
	stop := runTo(t, p, to)
	if err := p.SetInterest(interest.Of("openat")); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	child(t, "opens", marked(t), strconv.Itoa(opens))
	took := time.Since(begun)
	stop()
	// By itself the reader looks once a second, and at the end.
	alone := int64(took/pollEvery+2) * size
	t.Logf("%d records, %d bytes in %s", to.records.Load(), to.bytes.Load(), took)
	if got := to.bytes.Load(); got < 2*alone {
		t.Errorf("%d bytes were read; without being woken it would have been %d", got, alone)
	}
}

// While records keep coming the reader looks by itself, some hundred times a
// second, however many there are.
func TestReaderLingers(t *testing.T) {
	p := open(t, Config{})
	to := new(waiting)
	stop := runTo(t, p, to)
	defer stop()
	if err := p.SetInterest(interest.Of("openat")); err != nil {
		t.Fatal(err)
	}
	asked, records, begun := to.asked.Load(), to.records.Load(), time.Now()
	child(t, "opens", marked(t), strconv.Itoa(20_000))
	took := time.Since(begun)
	asked, records = to.asked.Load()-asked, to.records.Load()-records
	t.Logf("%d looks for %d records in %s", asked, records, took)
	if most := 2*int64(took/linger) + 10; asked > most {
		t.Errorf("%d looks for %d records in %s, want at most %d", asked, records, took, most)
	}
}
