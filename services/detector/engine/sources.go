package engine

import (
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// Sources is where data sources come from.
type Sources interface {
	// Bind returns the sources of one partition. Those that answer from the event
	// at hand ask for it by event, which returns nil where there is none.
	Bind(event func() *event.Event) Bound
}

// Bound is the data sources of one partition, used by one goroutine at a time.
type Bound interface {
	// DataSource returns a source and whether there is one.
	DataSource(namespace, id string) (sdk.DataSource, bool)
	// Learning reports whether any source that was asked for wants the events of
	// the partition. It changes with DataSource only.
	Learning() bool
	// Learn is given every event of the partition before it is evaluated, while
	// Learning. The event is only valid until it returns.
	Learn(e *event.Event)
	// Inherit takes over what the Bound that is replaced has learnt.
	Inherit(old Bound)
}

// Option says more about a Set.
type Option func(*Set)

// WithSources gives signatures data sources to ask.
func WithSources(sources Sources) Option { return func(s *Set) { s.sources = sources } }

// OnUndeclared has a function told of each member that asks for a source whose
// contents nothing records for it, once: see sdk.Asking. It is called while an
// event is evaluated, by any partition.
func OnUndeclared(tell func(member *Signature, namespace, id string)) Option {
	return func(s *Set) { s.tellUndeclared = tell }
}

// undeclared tells of a member that asks for names without having said so, where
// it looks at no event that shows them either.
func (s *Set) undeclared(member *Signature, namespace, id string) {
	if s.tellUndeclared == nil || namespace != datasource.Namespace || id != datasource.DNS || member.standing.asked.Swap(true) {
		return
	}
	if _, recorded := s.InterestOf(member).Find(event.NamesFrom); !recorded && !asks(member.program, namespace, id) {
		s.tellUndeclared(member, namespace, id)
	}
}
