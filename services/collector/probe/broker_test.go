package probe

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/bus/embed"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector"
)

// flow is what a process that opens a file flat out left in the broker.
type flow struct {
	pid int
	// arrived are its opens in WEIR_RAW; lost are those that batches there say
	// are missing, gaps the numbers missing without a reason.
	arrived, lost, gaps uint64
	// records are the bytes of the arrived, stored those of the whole stream on
	// disk, where it is compressed.
	records, stored uint64
	took            time.Duration
	// used is the processor time of the collector and of the broker in it.
	used time.Duration
}

// openFlatOut lets a process open a file n times on a core of its own, while the
// collector publishes into WEIR_RAW of a broker of this process, and reads the
// stream back.
func openFlatOut(t testing.TB, p *Probe, path string, n int) flow {
	t.Helper()
	conn := bustest.Connect(t, bustest.Start(t, embed.Config{MaxBytes: 4 << 30}), bus.Layout{})
	if err := p.SetInterest(interest.Of("openat")); err != nil {
		t.Fatal(err)
	}
	c, err := collector.New(collector.Config{Node: "here", Subject: bus.RawSubject}, p, conn, stage.Settings{Instance: "test"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var failed error
	used := ownTime(t)
	wg.Go(func() { failed = c.Run(ctx) })
	began := time.Now()
	f := flow{pid: child(t, "opens-pinned", path, strconv.Itoa(n))}
	f.took = time.Since(began)
	cancel()
	wg.Wait()
	f.used = ownTime(t) - used
	if failed != nil {
		t.Fatal(failed)
	}
	f.read(t, conn, path)
	return f
}

// read counts what is in the stream.
func (f *flow) read(t testing.TB, conn *bus.Conn, path string) {
	t.Helper()
	usage, err := conn.Usage(t.Context(), bus.StreamRaw)
	if err != nil {
		t.Fatal(err)
	}
	if usage.FirstSeq != 1 {
		t.Fatalf("the stream has lost its first %d messages: it is too small", usage.FirstSeq-1)
	}
	f.stored = usage.Bytes
	all := errors.New("all is read")
	var d record.Decoder
	var e event.Event
	messages := uint64(0)
	err = conn.Tail(t.Context(), bus.TailConfig{Stream: bus.StreamRaw}, func(_ context.Context, m bus.Received) error {
		b, err := record.Unmarshal(m.Data)
		if err != nil {
			return err
		}
		d.Reset(b.Envelope)
		for _, l := range b.Envelope.Losses {
			switch {
			case l.Reason == "sequence_gap":
				f.gaps += l.Count
			case l.Event == "openat", l.Reason == "recursion": // which may be of any event
				f.lost += l.Count
			}
		}
		for rec, err := range record.Records(b.Records) {
			if err != nil {
				return err
			}
			typ, _, _ := record.Peek(rec)
			if typ != catalogue.Openat || int(binary.LittleEndian.Uint32(rec[hostPIDAt:])) != f.pid {
				continue
			}
			if err := d.Decode(rec, 0, &e); err != nil {
				return err
			}
			if name, _ := e.Arg("pathname"); name.Text() == path {
				f.arrived++
				f.records += uint64(len(rec))
			}
		}
		if messages++; messages == usage.Messages {
			return all
		}
		return nil
	})
	if !errors.Is(err, all) {
		t.Fatal(err)
	}
}

// ownTime is the processor time of this process.
func ownTime(t testing.TB) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Marked opens at full speed, up to the broker: those in its stream and those
// that are counted as lost are those that were performed. Where WEIR_OPENS says
// how many, the machine is taken to be free for it, and none may be lost.
func TestOpensAreExact(t *testing.T) {
	n := performedOpens(t)
	path := marked(t)
	p := open(t, Config{})
	f := openFlatOut(t, p, path, n)
	k := count(t, p, catalogue.Openat)
	if !k.Balanced() || f.arrived+f.lost < uint64(n) || f.arrived > uint64(n) {
		t.Errorf("%d arrived of %d, %d are said to be lost; the kernel counts %+v", f.arrived, n, f.lost, k)
	}
	if f.lost == 0 && f.arrived != uint64(n) {
		t.Errorf("%d arrived of %d without a loss", f.arrived, n)
	}
	if f.lost != 0 && os.Getenv("WEIR_OPENS") != "" {
		t.Errorf("%d of %d are lost", f.lost, n)
	}
	if f.gaps != 0 {
		t.Errorf("%d numbers are missing without a reason", f.gaps)
	}
	t.Logf("performed %d in %s, arrived %d, lost %d", n, f.took, f.arrived, f.lost)
}

// BenchmarkThroughput is one core that performs opens flat out, with the collector
// and the broker on the others.
func BenchmarkThroughput(b *testing.B) {
	const n = 200_000
	path := marked(b)
	var rate, cpu, lost, size, stored []float64
	for b.Loop() {
		p := open(b, Config{})
		f := openFlatOut(b, p, path, n)
		rate = append(rate, n/f.took.Seconds())
		cpu = append(cpu, float64(f.used.Nanoseconds())/float64(max(f.arrived, 1)))
		size = append(size, float64(f.records)/float64(max(f.arrived, 1)))
		stored = append(stored, float64(f.stored)/float64(max(f.arrived, 1)))
		lost = append(lost, float64(n-f.arrived))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(rate), "events/s")
	b.ReportMetric(median(cpu), "cpu-ns/event")
	b.ReportMetric(median(size), "bytes/event")
	b.ReportMetric(median(stored), "stored-bytes/event")
	b.ReportMetric(median(lost), "lost")
}
