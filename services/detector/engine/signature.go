package engine

import (
	"sync/atomic"

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

	program Program
	strikes atomic.Int32
	retired atomic.Bool
}

// Quarantined reports whether the signature was taken out for its faults.
func (s *Signature) Quarantined() bool { return s.retired.Load() }

// strike counts one grave fault and reports whether it was the last one that
// is borne, true exactly once.
func (s *Signature) strike(limit int) bool {
	return s.strikes.Add(1) >= int32(limit) && s.retired.CompareAndSwap(false, true)
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
