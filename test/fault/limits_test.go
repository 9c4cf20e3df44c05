package fault

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/internal/bus"
)

// limit is a stream that gives up its oldest messages while nobody reads them.
type limit struct {
	stream string
	// reader is the stage that does not read, by its place in roles.
	reader int
	bytes  int64
}

var limits = []limit{{bus.StreamRaw, 0, 64 << 10}, {bus.StreamEvents, 1, 64 << 10}}

// limited expects that what a stream had to give up before it was read is missing
// in the ledger, to the event, and that the findings say that they do not know
// everything.
func limited(t *testing.T, in *input, want map[string]found, c limit) {
	t.Helper()
	began := time.Now()
	r := newRun(t, in, options{load: 2 * load})
	r.begin()
	time.Sleep(1500 * time.Millisecond)
	// Of an origin of which it has read nothing a stage cannot tell what came before.
	r.reading(c.stream)
	r.note("stop the readers, limit %s", c.stream)
	r.stage(c.reader, (*program).stop)
	r.limit(c.stream, c.bytes)
	r.evicting(c.stream)
	// What comes then tells what did not: of the last message nobody can know.
	r.note("lift the limit, start the readers")
	r.limit(c.stream, maxBytes/4)
	r.stage(c.reader, (*program).start)
	o := r.finish()
	check(t, r, o.doublings(), o.unbalanced(in.events), o.honest(want))
	if o.missing() == 0 {
		t.Error("nothing is missing: the test shows nothing")
	}
	progress(t, o, began)
}

// reading waits until all partitions of a stream have been read, nearly to the end.
func (r *run) reading(stream string) {
	r.t.Helper()
	r.until("all partitions are read", func() error {
		usage, err := r.conn.Usage(r.t.Context(), stream)
		for _, c := range usage.Consumers {
			if c.AckFloor == 0 || c.Pending > 2 {
				err = fmt.Errorf("%s: %d handled, %d wait", c.Name, c.AckFloor, c.Pending)
			}
		}
		return err
	})
}

// evicting waits until a stream has given up messages that nobody has read.
func (r *run) evicting(stream string) {
	r.t.Helper()
	r.until("messages are evicted", func() error {
		usage, err := r.conn.Usage(r.t.Context(), stream)
		for _, c := range usage.Consumers {
			if usage.FirstSeq < c.AckFloor+30 {
				err = fmt.Errorf("%s has read up to %d, the stream begins at %d", c.Name, c.AckFloor, usage.FirstSeq)
			}
		}
		return err
	})
}

// stage does something with all instances of a stage.
func (r *run) stage(role int, do func(*program)) {
	for i := range instances {
		do(r.services[role*len(instances)+i])
	}
}

// limit has a stream give up its oldest messages beyond so many bytes.
func (r *run) limit(stream string, size int64) {
	r.t.Helper()
	s, err := r.conn.JetStream().Stream(r.t.Context(), stream)
	if err != nil {
		r.t.Fatal(err)
	}
	cfg := s.CachedInfo().Config
	cfg.MaxBytes, cfg.Discard = size, jetstream.DiscardOld
	if _, err := r.conn.JetStream().UpdateStream(r.t.Context(), cfg); err != nil {
		r.t.Fatal(err)
	}
}

// honest says which findings claim to know everything and are none of the
// undisturbed run; where events are lost, some must not claim it. What the enricher
// tells of ancestors may be older than undisturbed.
func (o *outcome) honest(want map[string]found) (problems []string) {
	incomplete := 0
	for id, f := range o.findings {
		if !f.complete {
			incomplete++
		} else if _, there := want[id]; !there {
			problems = append(problems, fmt.Sprintf("finding %s says that nothing is missing, and is of no undisturbed run:\n%s", id, f.data))
		}
	}
	if incomplete == 0 {
		problems = append(problems, "no finding says that anything is missing")
	}
	return problems
}

// missing is how many events, or detections, are known to be lost.
func (o *outcome) missing() (n uint64) {
	for _, b := range o.nodes {
		for _, a := range b.Stages {
			n += a.Missing
		}
		if a := b.Stages[bus.StageEnricher]; a != nil {
			n += shed(a)
		}
	}
	return n
}

// tmpfs mounts a small file system, which ends with the test.
func tmpfs(t *testing.T, size string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting a small file system needs root")
	}
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// The broker is away and the disk of the spools is full: what had to be given up
// is told, to the event. The records are given as the kernel gives them, which
// waits for nobody.
func fullSpool(t *testing.T, all *input) {
	t.Helper()
	const node = "node-0"
	began := time.Now()
	in := &input{files: all.files, events: map[string]uint64{node: all.events[node]}}
	r := newRun(t, in, options{spools: tmpfs(t, "64k"), live: node})
	r.begin()
	plan{
		{at: time.Second, what: "kill the broker", do: func(r *run) { r.stopBroker(0, true) }},
		{at: load - 200*time.Millisecond, what: "start the broker", do: func(r *run) { r.startBroker(0) }},
	}.carryOut(r)
	o := r.finish()
	check(t, r, o.doublings(), o.unbalanced(in.events))
	incomplete := 0
	for _, f := range o.findings {
		if !f.complete {
			incomplete++
		}
	}
	if o.missing() == 0 || incomplete == 0 {
		t.Errorf("%d events are missing, %d findings say so: the test shows nothing", o.missing(), incomplete)
	}
	progress(t, o, began)
}

// The disk of the streams is full for a while, after which the broker is started
// again: whatever it could not store, it has not confirmed.
func fullStreams(t *testing.T, in *input, want map[string]found) {
	t.Helper()
	dir := tmpfs(t, "96m")
	store, filler := filepath.Join(dir, "store"), filepath.Join(dir, "filler")
	disturbed(t, in, want, options{store: store, maxBytes: 64 << 20}, plan{
		{at: time.Second, what: "fill the disk", do: func(r *run) { fill(r.t, filler) }},
		{at: 2500 * time.Millisecond, what: "make room", do: func(r *run) {
			if err := os.Remove(filler); err != nil {
				r.t.Fatal(err)
			}
		}},
		{at: 2600 * time.Millisecond, what: "kill the broker", do: func(r *run) { r.stopBroker(0, true) }},
		{at: 3 * time.Second, what: "start the broker", do: func(r *run) { r.startBroker(0) }},
	})
}

// fill writes a file until there is no room left.
func fill(t testing.TB, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// The nodes' clocks jump while services are killed: what happened is told by the
// same times as without that.
func jump(t *testing.T, step time.Duration) {
	t.Helper()
	in := newInput(t, step)
	want := quiet(t, in)
	r := rand.New(rand.NewPCG(1, uint64(step)))
	disturbed(t, in, want, options{}, draw(r, []string{killService}, 2))
}
