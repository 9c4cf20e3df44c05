package engine

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"sync"

	"github.com/weirsec/weir/signatures/sdk"
)

// Set is the signatures that are loaded together. It is immutable but for the
// counters and the quarantine of its members, and safe for concurrent use.
type Set struct {
	version    string
	signatures []*Signature
	index      map[sdk.Selector][]int
	limits     Limits

	mu         sync.Mutex
	evaluators []*Evaluator
}

// NewSet puts programs together. Their order does not matter: the members are
// sorted by id, version and source, and that is the order in which they fire.
func NewSet(programs []Program, limits Limits) *Set {
	s := &Set{index: make(map[sdk.Selector][]int), limits: limits.orDefault()}
	for _, p := range programs {
		s.signatures = append(s.signatures, &Signature{
			Metadata:  p.Metadata(),
			Selectors: normalise(p.Selectors()),
			Source:    p.Source(),
			Digest:    p.Digest(),
			program:   p,
		})
	}
	slices.SortStableFunc(s.signatures, func(a, b *Signature) int {
		return cmp.Or(cmp.Compare(a.Metadata.ID, b.Metadata.ID), cmp.Compare(a.Metadata.Version, b.Metadata.Version),
			cmp.Compare(a.Source, b.Source), cmp.Compare(a.Digest, b.Digest))
	})
	s.markVariants()
	for i, member := range s.signatures {
		for _, selector := range member.Selectors {
			if !slices.Contains(s.index[selector], i) {
				s.index[selector] = append(s.index[selector], i)
			}
		}
	}
	s.version = s.hash()
	return s
}

// markVariants tells signatures of the same id and version apart.
func (s *Set) markVariants() {
	type name struct{ id, version string }
	seen := make(map[name]int)
	for _, member := range s.signatures {
		key := name{member.Metadata.ID, member.Metadata.Version}
		if n := seen[key]; n > 0 {
			member.Variant = member.Digest + "#" + strconv.Itoa(n)
		}
		seen[key]++
	}
}

// hash is the version: equal for sets whose findings would be equal.
func (s *Set) hash() string {
	h := sha256.New()
	for _, member := range s.signatures {
		for _, part := range []string{member.Metadata.ID, member.Metadata.Version, member.Digest} {
			h.Write(strconv.AppendInt(nil, int64(len(part)), 10))
			h.Write([]byte{':'})
			h.Write([]byte(part))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Version identifies the set: 16 hexadecimal digits over the ids, versions and
// contents of its members.
func (s *Set) Version() string { return s.version }

// Signatures returns the members in the order in which they fire. The caller
// must not change them.
func (s *Set) Signatures() []*Signature { return s.signatures }

// EventNames returns the names of the kernel events that any member selects,
// sorted; it is just "*" where a member selects them all, and empty where
// there is nothing to select.
func (s *Set) EventNames() []string {
	names := []string{}
	for selector := range s.index {
		if selector.Source != sdk.Source {
			continue
		}
		if selector.Name == wildcard {
			return []string{wildcard}
		}
		names = append(names, selector.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Selecting returns the members that an event of that source, name and origin
// is delivered to, each once, in the order in which they fire.
func (s *Set) Selecting(source, name, origin string) []*Signature {
	var found []*Signature
	for _, i := range s.route(source, name, origin) {
		found = append(found, s.signatures[i])
	}
	return found
}

// route returns the indices of the members that select an event.
func (s *Set) route(source, name, origin string) []int {
	var found []int
	for _, key := range [...]sdk.Selector{
		{Source: source, Name: name, Origin: origin},
		{Source: source, Name: name, Origin: wildcard},
		{Source: source, Name: wildcard, Origin: origin},
		{Source: source, Name: wildcard, Origin: wildcard},
	} {
		found = append(found, s.index[key]...)
	}
	slices.Sort(found)
	return slices.Compact(found)
}
