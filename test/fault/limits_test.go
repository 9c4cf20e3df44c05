package fault

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/internal/bus"
)

// missing is how many events, or detections, are known to be lost.
func (o *outcome) missing() (n uint64) {
	for _, b := range o.nodes {
		n += b.Lost[atTheEnd]
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
