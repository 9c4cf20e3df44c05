package engine

import (
	"slices"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/signatures/sdk"
)

// linkFindings finds out whose findings are selected by others, so that only
// those are made into events.
func (s *Set) linkFindings() {
	named := make(map[string][]int)
	for selector, members := range s.index {
		if selector.Source == sdk.Source && selector.Name != wildcard {
			named[selector.Name] = append(named[selector.Name], members...)
		}
	}
	for i, member := range s.signatures {
		others := slices.ContainsFunc(named[member.Metadata.EventName], func(other int) bool { return other != i })
		if others && member.Metadata.EventName != "" {
			member.finding = newFindingKind(member, i)
		}
	}
	if len(named[s.warden.Metadata.EventName]) > 0 {
		s.warden.finding = newFindingKind(s.warden, nobody)
	}
}

// onlyFinding reports whether a name is that of findings and of no event that
// a collector could send.
func (s *Set) onlyFinding(name string) bool {
	made := name == s.warden.Metadata.EventName || slices.ContainsFunc(s.signatures, func(member *Signature) bool {
		return member.Metadata.EventName == name
	})
	return made && !ofKernel(name)
}

// ofKernel reports whether a collector sends events of that name.
func ofKernel(name string) bool { return catalogue.ByName(name) != nil }
