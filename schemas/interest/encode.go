package interest

import (
	"encoding/json"
	"fmt"
)

// Encode returns the interest in JSON as Parse reads it. Where it would be
// larger than MaxBytes, the events with the most text lose their scopes; where
// there are too many events, all events are wanted.
func (i Interest) Encode() ([]byte, error) {
	events := make([]Event, len(i.Events))
	copy(events, i.Events)
	if len(events) > MaxEvents {
		events = []Event{{Name: All}}
	}
	for {
		text, err := json.Marshal(Interest{Events: events})
		if err != nil {
			return nil, fmt.Errorf("encode the interest: %w", err)
		}
		if len(text) <= MaxBytes {
			return text, nil
		}
		widest, size := -1, 0
		for n := range events {
			if s := events[n].size(); s > size {
				widest, size = n, s
			}
		}
		if widest < 0 {
			events = []Event{{Name: All}}
			continue
		}
		events[widest].Scopes = nil
	}
}

// size is about how many bytes the scopes of an event take.
func (e *Event) size() int {
	n := 0
	for _, s := range e.Scopes {
		n += 16 + 10*len(s.UIDs) + len(s.Origin)
		for _, list := range [...][]string{s.Comms, s.Paths} {
			for _, text := range list {
				n += len(text) + 3
			}
		}
	}
	return n
}
