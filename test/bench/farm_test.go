package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/bus/embed"
)

// farmNodes is how many nodes send events.
const farmNodes = 64

// farm is many nodes' events, a broker with a socket in this process, and the
// stages as programs of their own.
type farm struct {
	line     *line
	url      string
	programs programs
	stages   []*program
	nodes    []feed
	// published are the raw messages so far and events the events in them, last
	// those of the last time, findings how many findings there must be of them.
	published, events, last, findings int
}

// alike are nodes that send nothing but opens, which are much alike: one open in
// every is of a watched file.
func alike(every uint64) (nodes []feed) {
	for i := range farmNodes {
		nodes = append(nodes, &recorder{node: fmt.Sprintf("node-%02d", i), every: every})
	}
	return nodes
}

// mixed are nodes that send what real ones do.
func mixed(every uint64) (nodes []feed) {
	for i := range farmNodes {
		nodes = append(nodes, newMixer(fmt.Sprintf("node-%02d", i), uint64(i), every)) //nolint:gosec // small
	}
	return nodes
}

// newFarm starts a broker for the nodes' events.
func newFarm(t testing.TB, p programs, nodes []feed) *farm {
	t.Helper()
	server := bustest.Start(t, embed.Config{MaxBytes: 4 << 30, Listen: "127.0.0.1:0"})
	f := &farm{
		line:     &line{conn: bustest.Connect(t, server, bus.Layout{Partitions: 16}), partitions: 16},
		url:      server.URL(),
		programs: p, nodes: nodes,
	}
	return f
}

// publish has every node publish its next batches, and returns them.
func (f *farm) publish(t testing.TB, batches int) (all []bus.Message) {
	t.Helper()
	var sent [][]bus.Message
	f.last = 0
	for _, node := range f.nodes {
		before, first := node.marks(), node.sent()
		sent = append(sent, rawMessages(t, node, batches))
		f.last += int(node.sent() - first)       //nolint:gosec // small
		f.findings += int(node.marks() - before) //nolint:gosec // small
	}
	for b := range batches { // as if the nodes sent at the same time
		for i := range sent {
			all = append(all, sent[i][b])
		}
	}
	f.published += len(all)
	f.events += f.last
	if err := f.line.conn.PublishAll(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	return all
}

// run starts n programs of a stage and waits until they have shared the
// partitions.
func (f *farm) run(t testing.TB, stage string, n int, flags ...string) []*program {
	t.Helper()
	var started []*program
	for i := range n {
		started = append(started, f.programs.start(t, f.url, stage, fmt.Sprint(stage, "-", i), flags...))
	}
	for _, p := range started {
		p.shares(t, n)
	}
	f.stages = append(f.stages, started...)
	return started
}

// end stops programs.
func (f *farm) end(t testing.TB, stages ...*program) {
	t.Helper()
	for _, p := range stages {
		p.stop(t)
	}
	f.stages = slices.DeleteFunc(f.stages, func(p *program) bool { return slices.Contains(stages, p) })
}

// left returns how many messages of a stream its stage has not finished.
func (f *farm) left(t testing.TB, stream string) (n int) {
	t.Helper()
	usage, err := f.line.conn.Usage(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	stages := 0
	for _, c := range usage.Consumers {
		if strings.Contains(c.Name, "-p") { // not one of this test's own
			n += int(c.Pending) + c.AckPending
			stages++
		}
	}
	if stages == 0 {
		return int(usage.Messages)
	}
	return n
}

// spent is what work took, by who did it; "broker" is this process.
type spent struct {
	events int
	wall   time.Duration
	cpu    map[string]time.Duration
}

// perEvent is the processor time of an event in nanoseconds; "" means all of it.
func (s spent) perEvent(who string) float64 {
	var sum time.Duration
	for name, cpu := range s.cpu {
		if who == "" || who == name {
			sum += cpu
		}
	}
	return float64(sum.Nanoseconds()) / float64(max(s.events, 1))
}

func (s spent) rate() float64 { return float64(s.events) / s.wall.Seconds() }

func (f *farm) clocks(t testing.TB) map[string]time.Duration {
	t.Helper()
	now := map[string]time.Duration{"broker": processorTime(t)}
	for _, p := range f.stages {
		now[p.stage] += p.used(t)
	}
	return now
}

// measure returns what the running stages spend from when a quarter of the messages
// of a stream is handled until there is nothing left of it nor of those after it.
// Starting the programs is not part of it, nor is that their memory is new to them.
func (f *farm) measure(t testing.TB, begin func(), stream string, after ...string) spent {
	t.Helper()
	waiting := f.left(t, stream)
	begin()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	left := f.left(t, stream)
	for ; left > waiting-waiting/4; left = f.left(t, stream) {
		f.nap(ctx, t, 5*time.Millisecond)
	}
	s := spent{events: f.last * left / max(waiting, 1)} // a message has as many as another one, in the mean
	from, began := f.clocks(t), time.Now()
	for _, stream := range append([]string{stream}, after...) {
		at, since := f.left(t, stream), time.Now()
		for left := at; left > 0; left = f.left(t, stream) {
			// Looking costs the broker something: it is done a few times only, and often
			// towards the end.
			rest := time.Since(since) * time.Duration(left) / time.Duration(max(at-left, 1))
			f.nap(ctx, t, min(max(rest/2, 10*time.Millisecond), 250*time.Millisecond))
		}
	}
	s.wall, s.cpu = time.Since(began), f.clocks(t)
	for who := range s.cpu {
		s.cpu[who] -= from[who]
	}
	return s
}

// nap waits a little, or fails where ctx has ended.
func (f *farm) nap(ctx context.Context, t testing.TB, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-ctx.Done():
		t.Fatalf("the stages do not get done: messages left are %d raw, %d events, %d detections",
			f.left(t, bus.StreamRaw), f.left(t, bus.StreamEvents), f.left(t, bus.StreamDetections))
	}
}

// signatures writes a directory with one signature.
func signatures(t testing.TB, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "signature.rego"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// sizes reports what the broker stores of an event, and of each node in the
// enricher's checkpoints.
func (f *farm) sizes(b *testing.B) {
	b.Helper()
	for name, stream := range map[string]string{"raw": bus.StreamRaw, "enriched": bus.StreamEvents} {
		usage, err := f.line.conn.Usage(b.Context(), stream)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(usage.Bytes)/float64(f.events), name+"-B/event")
		b.ReportMetric(float64(usage.Messages)/float64(f.published), name+"-messages/batch")
	}
	size := 0
	for p := range f.line.partitions {
		saved, err := f.line.conn.Checkpoint(b.Context(), "enricher", p)
		if errors.Is(err, bus.ErrNoCheckpoint) {
			continue // no node is in this partition
		}
		if err != nil {
			b.Fatal(err)
		}
		size += len(saved.Data)
	}
	b.ReportMetric(float64(size)/float64(len(f.nodes)), "checkpoint-B/node")
}
