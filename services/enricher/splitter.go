package enricher

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/ledger"
)

// splitter divides a message's events among the partitions.
type splitter struct {
	cfg     *Config
	encoder batch.Encoder

	events []event.Event
	// place is the partition of each event; one is that of all of them, or -1.
	place []int
	one   int
	// early are events that go before those, by partition; told are partitions
	// that must learn of the losses though they may have no event. some says that
	// there are any, or that an event is held.
	early []part
	told  []int
	some  bool
	// known are the partitions of the containers of this message; the last one
	// comes again more often than not.
	known     map[string]int
	last      string
	lastPlace int
	// parts are the events by partition, where there are several.
	parts [][]event.Event
	// numbers are those of the node's messages after those of this one, begin is
	// what a run of them is called that begins, and written counts the events.
	numbers numbers
	// That run begins at beginAt.
	begin   uint64
	beginAt int64
	written uint64
}

// numbers are those of a node's messages, by partition.
type numbers map[int]ledger.Numbers

func newSplitter(cfg *Config) splitter {
	return splitter{
		cfg: cfg, known: make(map[string]int), parts: make([][]event.Event, cfg.Partitions),
	}
}

// part are events of one partition.
type part struct {
	partition int
	events    []event.Event
}

// held stands for the place of an event that goes nowhere yet.
const held = -1

// reset starts a message with its events.
func (s *splitter) reset(events []event.Event) {
	s.events, s.place, s.one = events, s.place[:0], -1
	clear(s.known)
	s.last = ""
	clear(s.early)
	s.early, s.told, s.some = s.early[:0], s.told[:0], false
	// A panic in an earlier message may have left events behind.
	for p := range s.parts {
		s.parts[p] = s.parts[p][:0]
	}
}

// put places the i-th event, in turn: those of the host by the node's name,
// those of a container by the node's name and the container's id.
func (s *splitter) put(i, host int, container string) {
	p := host
	switch container {
	case "":
	case s.last:
		p = s.lastPlace
	default:
		known := false
		if p, known = s.known[container]; !known {
			p = s.cfg.Partition(s.events[i].Context.Node, container, s.cfg.Partitions)
			s.known[container] = p
		}
		s.last, s.lastPlace = container, p
	}
	s.place = append(s.place, p)
	if i == 0 {
		s.one = p
	} else if s.one != p {
		s.one = -1
	}
}

// hold leaves out the next event, in turn.
func (s *splitter) hold() {
	s.place = append(s.place, held)
	s.one, s.some = -1, true
}

// before puts events of a partition before those of the message.
func (s *splitter) before(partition int, events []event.Event) {
	s.early = append(s.early, part{partition, events})
	s.some = true
}

// tell has a partition learn of the message's losses.
func (s *splitter) tell(partition int) {
	s.told = append(s.told, partition)
	s.some = true
}

// outputs encodes the parts, in order of their partitions. Losses are told
// even where no event is left to go with them.
func (s *splitter) outputs(id string, env *eventpb.Envelope, host int, t *tally) ([]stage.Output, error) {
	var out []stage.Output
	var err error
	switch {
	case len(s.events) == 0 && !s.some:
		out, err = s.encode(out, id, env, host, s.events)
	case s.one >= 0 && !s.some:
		out, err = s.encode(out, id, env, s.one, s.events)
	default:
		out, err = s.several(id, env)
		if len(out) == 0 && err == nil {
			out, err = s.encode(out, id, env, host, nil)
		}
	}
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Header["Weir-Part"] = strconv.Itoa(i) + "/" + strconv.Itoa(len(out))
		if i > 0 && out[i].Subject == out[i-1].Subject {
			t.splits++
		}
	}
	return out, nil
}

// several encodes the events of more than one partition, or of none.
func (s *splitter) several(id string, env *eventpb.Envelope) (out []stage.Output, err error) {
	for _, early := range s.early {
		s.parts[early.partition] = append(s.parts[early.partition], early.events...)
	}
	for i, p := range s.place {
		if p != held {
			s.parts[p] = append(s.parts[p], s.events[i])
		}
	}
	for p, events := range s.parts {
		if err == nil && (len(events) > 0 || slices.Contains(s.told, p)) {
			out, err = s.encode(out, id, env, p, events)
		}
		clear(events)
		s.parts[p] = events[:0]
	}
	return out, err
}

// encode appends the messages of one partition: one, or more where one would be
// too large for the broker.
func (s *splitter) encode(
	out []stage.Output, id string, env *eventpb.Envelope, partition int, events []event.Event,
) ([]stage.Output, error) {
	first := len(out)
	losses, seq := env.Losses, env.FirstSeq
	defer func() { env.Losses, env.FirstSeq = losses, seq }()
	for from, n := 0, len(events); ; {
		part := events[from : from+n]
		env.FirstSeq, env.Count = firstSeq(part, seq), uint32(n)
		next := s.numbers[partition]
		next.Number(env, s.begin, s.beginAt)
		data, err := s.encoder.Encode(nil, env, part)
		if err != nil {
			return nil, fmt.Errorf("encode events: %w", err)
		}
		if len(data) > s.cfg.MaxBytes && n > 1 {
			n /= 2
			continue
		}
		partID := id + "/" + strconv.Itoa(partition)
		if more := len(out) - first; more > 0 {
			partID += "." + strconv.Itoa(more)
		}
		out = append(out, stage.Output{
			Subject: s.cfg.Subject(partition, env.Node), ID: partID, Data: data,
			ContentType: "application/x-protobuf", Header: header(env),
		})
		s.numbers[partition] = next
		s.written += uint64(n)
		env.Losses = nil // told once in each partition
		from += n
		if n = min(n, len(events)-from); n == 0 {
			return out, nil
		}
	}
}

// firstSeq returns the lowest sequence number of the events, or none.
func firstSeq(events []event.Event, none uint64) uint64 {
	if len(events) == 0 {
		return none
	}
	low := events[0].Seq
	for i := range events {
		low = min(low, events[i].Seq)
	}
	return low
}

// header repeats what consumers route by.
func header(env *eventpb.Envelope) map[string]string {
	return map[string]string{
		"Weir-Node": env.Node, "Weir-Boot": env.BootId,
		"Weir-First-Seq": strconv.FormatUint(env.FirstSeq, 10),
		"Weir-Count":     strconv.FormatUint(uint64(env.Count), 10),
		"Weir-Min-Time":  strconv.FormatInt(env.MinTime, 10),
		"Weir-Max-Time":  strconv.FormatInt(env.MaxTime, 10),
		"Weir-Schema":    strconv.FormatUint(uint64(env.Schema), 10),
	}
}
