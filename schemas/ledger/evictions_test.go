package ledger

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/weirsec/weir/schemas/eventpb"
)

// world is a writer, a stream that gives messages up, and a reader.
type world struct {
	random  *rand.Rand
	clock   int64
	numbers map[Origin]*Numbers
	marks   map[Origin]*Mark
	origins []Origin

	stream      []stored
	first, last uint64

	places *Places
	at     uint64
	// What became of the events of each origin; lost is what the stream gave up
	// before it was read, which nobody tells the reader.
	written, read, missing, lost map[Origin]uint64
}

type stored struct {
	seq  uint64
	at   int64
	text []byte
}

func newWorld(seed uint64) *world {
	return &world{
		random: rand.New(rand.NewPCG(seed, 1)), clock: 100, first: 1,
		numbers: map[Origin]*Numbers{}, marks: map[Origin]*Mark{}, places: NewPlaces(100),
		written: map[Origin]uint64{}, read: map[Origin]uint64{}, missing: map[Origin]uint64{}, lost: map[Origin]uint64{},
	}
}

func (w *world) put(env *eventpb.Envelope) {
	text, err := env.MarshalVT()
	if err != nil {
		panic(err)
	}
	w.last++
	w.stream = append(w.stream, stored{w.last, w.clock, text})
}

// write writes a message of any origin, old or new.
func (w *world) write() {
	if len(w.origins) == 0 || w.random.IntN(25) == 0 {
		o := Origin{fmt.Sprint("node", w.random.IntN(3)), fmt.Sprint("boot", len(w.origins))}
		w.origins = append(w.origins, o)
		w.numbers[o], w.marks[o] = &Numbers{}, &Mark{}
	}
	o := w.origins[w.random.IntN(len(w.origins))]
	env := &eventpb.Envelope{Node: o.Node, BootId: o.Boot, Count: uint32(w.random.IntN(5))}
	w.numbers[o].Number(env, w.last+1, w.clock)
	w.written[o] += uint64(env.Count)
	w.put(env)
	if w.random.IntN(20) == 0 { // its numbers came through a checkpoint
		*w.numbers[o] = NumbersOf(w.numbers[o].State())
	}
}

// remind is what the writer does now and then.
func (w *world) remind() {
	for _, o := range w.origins {
		if w.marks[o].Due(*w.numbers[o], w.first, w.last) {
			env := &eventpb.Envelope{Node: o.Node, BootId: o.Boot}
			w.numbers[o].Tell(env)
			w.put(env)
		}
	}
}

// give has the stream give up messages.
func (w *world) give(up func(i int) bool) {
	kept := w.stream[:0]
	for i, m := range w.stream {
		if !up(i) {
			kept = append(kept, m)
			continue
		}
		var env eventpb.Envelope
		if err := env.UnmarshalVTUnsafe(m.text); err != nil {
			panic(err)
		}
		if m.seq > w.at {
			w.lost[Of(&env).Clone()] += uint64(env.Count)
		}
	}
	w.stream = kept
	if w.first = w.last + 1; len(kept) > 0 {
		w.first = kept[0].seq
	}
}

func (w *world) evict() {
	n := len(w.stream)
	switch w.random.IntN(4) {
	case 0: // the front
		upTo := w.random.IntN(n + 1)
		w.give(func(i int) bool { return i < upTo })
	case 1: // some in the middle
		w.give(func(int) bool { return w.random.IntN(6) == 0 })
	case 2: // the tail
		from := w.random.IntN(n + 1)
		w.give(func(i int) bool { return i >= from })
	case 3:
		w.give(func(int) bool { return true })
	}
}

// readOne reads the next message, if there is one, sometimes twice.
func (w *world) readOne() bool {
	i := slices.IndexFunc(w.stream, func(m stored) bool { return m.seq > w.at })
	if i < 0 {
		return false
	}
	m := w.stream[i]
	for times := 1 + w.random.IntN(2); times > 0; times-- {
		var env eventpb.Envelope
		if err := env.UnmarshalVTUnsafe(m.text); err != nil {
			panic(err)
		}
		o := Of(&env).Clone()
		gap := w.places.Read(&env, Arrival{Stored: m.at, Since: 100})
		w.missing[o] += gap.Missing
		if told := len(env.Losses) > 0; gap.Earlier != 0 || told != (gap.Missing > 0) || told && env.Losses[0].Count != gap.Missing {
			panic(fmt.Sprint(gap, env.Losses))
		}
		if m.seq > w.at {
			w.read[o] += uint64(env.Count)
		}
		w.at = m.seq
	}
	if w.random.IntN(10) == 0 { // another instance goes on
		state, since := w.places.State()
		w.places = NewPlaces(100)
		w.places.Restore(state, since)
	}
	return true
}

// Whatever a stream gives up before it is read, at the front, in the middle, at
// the end or whole runs: what was read and what is missing is what was written, of
// each run, and what was lost is what is missing.
func TestEvictionsAreMissing(t *testing.T) {
	var lost, runs uint64
	for seed := range uint64(500) {
		w := newWorld(seed)
		for range 300 {
			w.clock++
			switch w.random.IntN(12) {
			case 0:
				w.evict()
			case 1:
				w.remind()
			case 2, 3, 4, 5:
				w.readOne()
			default:
				w.write()
			}
			for _, o := range w.origins {
				if w.read[o]+w.missing[o] > w.written[o] {
					t.Fatalf("seed %d: %v: %d read and %d missing of %d", seed, o, w.read[o], w.missing[o], w.written[o])
				}
			}
		}
		// When all is quiet nothing waits.
		for range quietAsks + 3 {
			w.remind()
			for w.readOne() {
			}
		}
		for _, o := range w.origins {
			if w.read[o]+w.missing[o] != w.written[o] || w.missing[o] != w.lost[o] {
				t.Fatalf("seed %d: %v: %d read, %d missing, %d lost of %d", seed, o, w.read[o], w.missing[o], w.lost[o], w.written[o])
			}
			lost += w.lost[o]
			if w.read[o] == 0 && w.lost[o] > 0 {
				runs++
			}
		}
	}
	if lost < 1000 || runs < 50 {
		t.Errorf("%d events and %d whole runs were lost: the test tests nothing", lost, runs)
	}
}
