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

// Read notes that a message was read and adds what is missing before it to its
// losses, as what the bus has lost. It returns how many events those are.
func (p *Places) Read(env *eventpb.Envelope) (missing uint64) {
	p.turn++
	origin := Of(env)
	at := p.places[origin]
	if at == nil {
		if len(p.places) >= p.limit {
			p.forget()
		}
		at = &visited{until: env.GetMinTime()}
		p.places[origin.Clone()] = at
	}
	at.used = p.turn
	if missing = at.Read(env); missing > 0 {
		env.Losses = append(env.Losses, &eventpb.Loss{
			Stage: StageBus, Reason: "missing", Count: missing,
			FirstTime: min(at.until, env.GetMinTime()), LastTime: env.GetMinTime(),
		})
	}
	at.until = max(at.until, env.GetMaxTime())
	return missing
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

// State returns the places for a checkpoint.
func (p *Places) State() []*statepb.OriginPlace {
	var state []*statepb.OriginPlace
	for _, origin := range slices.SortedFunc(maps.Keys(p.places), func(a, b Origin) int {
		return cmp.Compare(p.places[a].used, p.places[b].used)
	}) {
		at := p.places[origin]
		state = append(state, &statepb.OriginPlace{
			Node: origin.Node, BootId: origin.Boot, Place: at.State(), Until: at.until,
		})
	}
	return state
}

// Restore replaces the places by those of a checkpoint.
func (p *Places) Restore(state []*statepb.OriginPlace) {
	clear(p.places)
	for _, s := range state {
		if len(p.places) >= p.limit {
			p.forget()
		}
		p.turn++
		p.places[Origin{s.GetNode(), s.GetBootId()}] = &visited{PlaceOf(s.GetPlace()), s.GetUntil(), p.turn}
	}
}
