package engine

import (
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// Sources is where data sources come from.
type Sources interface {
	// Bind returns the look-up of sources for one partition. Sources that
	// answer from the event at hand ask for it by event, which returns nil
	// where there is none.
	Bind(event func() *event.Event) func(namespace, id string) (sdk.DataSource, bool)
}

// Option says more about a Set.
type Option func(*Set)

// WithSources gives signatures data sources to ask.
func WithSources(sources Sources) Option { return func(s *Set) { s.sources = sources } }
