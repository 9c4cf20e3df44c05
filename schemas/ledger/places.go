package ledger

import (
	"cmp"
	"maps"
	"slices"

	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/statepb"
)

// Places is how far the messages of each origin in one partition have been read,
// bounded in their number. Make it with NewPlaces.
type Places struct {
	limit  int
	turn   uint64
	since  int64
	places map[Origin]*visited
}

type visited struct {
	Place
	// until is the time of the latest event.
	until int64
	used  uint64
}

// NewPlaces returns places of at most limit origins.
func NewPlaces(limit int) *Places {
	return &Places{limit: limit, places: make(map[Origin]*visited)}
}

// Arrival is how a message came to its reader, in Unix nanoseconds, 0 where that
// is not known.
type Arrival struct {
	// Stored is when the stream stored it.
	Stored int64
	// Since is when the reader began: it is to read all of the runs that began
	// later. Only what the first message says counts.
	Since int64
}

// Read notes that a message was read and adds what is missing before it to its
// losses, as what the bus has lost. It returns how many events those are.
func (p *Places) Read(env *eventpb.Envelope, in Arrival) Gap {
	p.turn++
	if p.since == 0 {
		p.since = in.Since
	}
	origin := Of(env)
	at := p.places[origin]
	if at == nil {
		if len(p.places) >= p.limit {
			p.forget()
			// Of runs that began before nobody knows any more how far they were read.
			p.since = max(p.since, in.Stored)
		}
		at = &visited{until: env.GetMinTime()}
		p.places[origin.Clone()] = at
	}
	at.used = p.turn
	gap := at.Read(env, p.since)
	if gap.Missing > 0 {
		env.Losses = append(env.Losses, &eventpb.Loss{
			Stage: StageBus, Reason: "missing", Count: gap.Missing,
			FirstTime: min(at.until, env.GetMinTime()), LastTime: env.GetMinTime(),
		})
	}
	at.until = max(at.until, env.GetMaxTime())
	return gap
}

// StageBus is the stage of losses between two stages: messages that a stream
// gave up before they were read.
const StageBus = "bus"

func (p *Places) forget() {
	var oldest Origin
	least := p.turn
	for origin, at := range p.places {
		if at.used < least {
			oldest, least = origin, at.used
		}
	}
	delete(p.places, oldest)
}

// State returns the places for a checkpoint, and from when on all runs were read
// from their beginning.
func (p *Places) State() (state []*statepb.OriginPlace, since int64) {
	for _, origin := range slices.SortedFunc(maps.Keys(p.places), func(a, b Origin) int {
		return cmp.Compare(p.places[a].used, p.places[b].used)
	}) {
		at := p.places[origin]
		state = append(state, &statepb.OriginPlace{
			Node: origin.Node, BootId: origin.Boot, Place: at.State(), Until: at.until,
		})
	}
	return state, p.since
}

// Restore replaces the places by those of a checkpoint.
func (p *Places) Restore(state []*statepb.OriginPlace, since int64) {
	clear(p.places)
	p.since = since
	for _, s := range state {
		if len(p.places) >= p.limit {
			p.forget()
		}
		p.turn++
		p.places[Origin{s.GetNode(), s.GetBootId()}] = &visited{PlaceOf(s.GetPlace()), s.GetUntil(), p.turn}
	}
}
