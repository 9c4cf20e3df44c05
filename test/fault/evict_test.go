package fault

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/ledger"
)

// eviction is a stream that gives up messages while nobody reads them.
type eviction struct {
	stream string
	// reader is the stage that does not read, by its place in roles.
	reader int
	// bytes is what the stream keeps then.
	bytes int64
	// when is which of its messages they are.
	when string
}

// The first messages, before anybody has read any; some in the middle; all that
// was written last, after which nothing comes.
const (
	first  = "first"
	middle = "middle"
	end    = "end"
)

var evictions = []eviction{
	{bus.StreamRaw, 0, 64 << 10, first},
	{bus.StreamRaw, 0, 64 << 10, middle},
	{bus.StreamRaw, 0, 0, end},
	{bus.StreamEvents, 1, 64 << 10, first},
	{bus.StreamEvents, 1, 64 << 10, middle},
	{bus.StreamEvents, 1, 0, end},
	{bus.StreamDetections, 2, 32 << 10, first},
	{bus.StreamDetections, 2, 32 << 10, middle},
	{bus.StreamDetections, 2, 0, end},
}

// evicted expects that what a stream had to give up before it was read is missing
// in the ledger, to the event, and that the findings say that they do not know
// everything.
func evicted(t *testing.T, in *input, want map[string]found, e eviction) {
	t.Helper()
	began := time.Now()
	r := newRun(t, in, options{load: 2 * load})
	stop := func() {
		r.note("stop the readers of %s", e.stream)
		r.stage(e.reader, (*program).stop)
	}
	switch e.when {
	case first:
		r.ready()
		stop()
		r.begin()
	case middle, end:
		r.begin()
		time.Sleep(1500 * time.Millisecond)
		r.reading(e.stream)
		stop()
	}
	if e.when == end {
		r.sent()
		r.idleBefore(e.reader)
		r.note("empty %s", e.stream)
		r.purge(e.stream)
	} else {
		r.limit(e.stream, e.bytes)
		r.evicting(e.stream)
		r.note("lift the limit of %s", e.stream)
		r.limit(e.stream, maxBytes/4)
	}
	r.note("start the readers")
	r.stage(e.reader, (*program).start)
	if e.when == end {
		// Nothing follows: those who wrote tell again what there was.
		r.settled()
	}
	o := r.finish()
	check(t, r, o.doublings(), o.unbalanced(in.events))
	switch {
	case e.stream == bus.StreamDetections:
		check(t, r, o.exactly(want))
	case e.stream == bus.StreamRaw && e.when == first:
		// What containers there are is told first: all that follows is of no container.
	default:
		check(t, r, o.honest(want, e.when != end))
	}
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

// idleBefore waits until no message waits for the stages before one.
func (r *run) idleBefore(role int) {
	r.t.Helper()
	r.until("the stages before are done", func() error {
		work, err := stage.Moving(r.t.Context(), r.conn, nil)
		for _, before := range roles[:role] {
			if work.Waiting[before] {
				err = fmt.Errorf("messages wait for the %s", before)
			}
		}
		return err
	})
}

// settled waits until the ledger balances while all stages are at work.
func (r *run) settled() {
	r.t.Helper()
	r.until("the ledger balances", func() error {
		var o outcome
		err := o.balances(r.t.Context(), r.conn)
		for _, b := range o.nodes {
			if b.State != ledger.Balanced {
				err = fmt.Errorf("%s: %s %v", b.Node, b.State, b.Problems)
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

// purge has a stream give up everything, as it does when that is old.
func (r *run) purge(stream string) {
	r.t.Helper()
	s, err := r.conn.JetStream().Stream(r.t.Context(), stream)
	if err == nil {
		err = s.Purge(r.t.Context())
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// honest says which findings claim to know everything and are none of the
// undisturbed run; where events are lost before others, some must not claim it.
// What the enricher tells of ancestors may be older than undisturbed.
func (o *outcome) honest(want map[string]found, others bool) (problems []string) {
	incomplete := 0
	for id, f := range o.findings {
		if !f.complete {
			incomplete++
		} else if _, there := want[id]; !there {
			problems = append(problems, fmt.Sprintf("finding %s says that nothing is missing, and is of no undisturbed run:\n%s", id, f.data))
		}
	}
	if others && incomplete == 0 {
		problems = append(problems, "no finding says that anything is missing")
	}
	return problems
}

// exactly says where the findings are not those of the undisturbed run, less as
// many of each node as the ledger says are missing.
func (o *outcome) exactly(want map[string]found) (problems []string) {
	lost := map[string]uint64{}
	for id, w := range want {
		if _, there := o.findings[id]; there {
			continue
		}
		var event struct{ Source string }
		if err := json.Unmarshal([]byte(w.data), &event); err != nil {
			return []string{err.Error()}
		}
		lost[event.Source[strings.LastIndex(event.Source, "/")+1:]]++
	}
	for id, f := range o.findings {
		if want[id] != f {
			problems = append(problems, "not as undisturbed: "+f.data)
		}
	}
	for _, b := range o.nodes {
		if told := b.Stages[bus.StageNotifier].Missing; told != lost[b.Node] {
			problems = append(problems, fmt.Sprintf("%d findings of %s are missing, the ledger says %d", lost[b.Node], b.Node, told))
		}
		if told := b.Lost["bus/missing before notifier"]; told != lost[b.Node] {
			problems = append(problems, fmt.Sprintf("the ledger of %s tells of %d lost detections, not %d", b.Node, told, lost[b.Node]))
		}
	}
	return problems
}
