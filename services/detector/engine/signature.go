package engine

import (
	"github.com/weirsec/weir/services/detector/state"
	"github.com/weirsec/weir/signatures/sdk"
)

// wildcard matches every name or origin in a selector.
const wildcard = "*"

// Signature is one member of a Set.
type Signature struct {
	Metadata sdk.Metadata
	// Selectors have "*" where the author left the name or origin empty;
	// those without a source, which nothing could match, are left out.
	Selectors []sdk.Selector
	// Source says where the signature comes from.
	Source string
	// Digest identifies its content.
	Digest string
	// Variant is empty but for a signature whose id and version an earlier
	// one of the Set already has. It keeps the ids of their findings apart.
	Variant string

	program  Program
	stores   []state.Spec
	standing *standing
	// finding makes events of the signature's findings; nil where nobody
	// selects them.
	finding *findingKind
}

// Quarantined reports whether the signature was taken out for its faults.
func (s *Signature) Quarantined() bool {
	_, out := s.Quarantine()
	return out
}

// Quarantine returns why the signature was taken out, and whether it was.
func (s *Signature) Quarantine() (Quarantine, bool) {
	if s.standing == nil {
		return Quarantine{}, false
	}
	if q := s.standing.out.Load(); q != nil {
		return *q, true
	}
	return Quarantine{}, false
}

// Remembers reports whether the signature declared any state.
func (s *Signature) Remembers() bool { return len(s.stores) > 0 }

// Tier returns how the signature is evaluated and why that way; both are empty
// where its kind does not say.
func (s *Signature) Tier() (tier, reason string) {
	if tiered, ok := s.program.(Tiered); ok {
		return tiered.Tier()
	}
	return "", ""
}

// identity is what makes a signature the same in another Set: with it come the
// standing and the state.
type identity struct{ id, version, digest, variant string }

func (s *Signature) identity() identity {
	return identity{s.Metadata.ID, s.Metadata.Version, s.Digest, s.Variant}
}

// normalise returns the selectors as they are indexed.
func normalise(given []sdk.Selector) []sdk.Selector {
	selectors := make([]sdk.Selector, 0, len(given))
	for _, s := range given {
		if s.Source == "" {
			continue
		}
		if s.Name == "" {
			s.Name = wildcard
		}
		if s.Origin == "" {
			s.Origin = wildcard
		}
		selectors = append(selectors, s)
	}
	return selectors
}
