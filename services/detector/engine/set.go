package engine

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"sync"

	"github.com/weirsec/weir/schemas/interest"
)

// Set is the signatures that are loaded together. It is immutable but for the
// counters and the quarantine of its members, and safe for concurrent use.
type Set struct {
	version    string
	signatures []*Signature
	rejected   []Rejection
	index      index
	limits     Limits
	sources    Sources
	// tellUndeclared may be nil; see OnUndeclared.
	tellUndeclared func(member *Signature, namespace, id string)
	// warden is the signature by which the engine tells of quarantines.
	warden *Signature

	sieves sieves
	// wanted has the interest of each member.
	wanted func() []interest.Interest

	mu         sync.Mutex
	evaluators []*Evaluator
}

// NewSet puts programs together. Their order does not matter: the members are
// sorted by id, version and source, and that is the order in which they fire.
// Programs that something is wrong with are left out, see Rejected.
func NewSet(programs []Program, limits Limits, options ...Option) *Set {
	s := &Set{index: make(index), limits: limits.orDefault(), warden: newWarden()}
	for _, option := range options {
		option(s)
	}
	for _, p := range programs {
		if member, rejected := admit(p); rejected != nil {
			s.rejected = append(s.rejected, *rejected)
		} else {
			s.signatures = append(s.signatures, member)
		}
	}
	slices.SortStableFunc(s.signatures, func(a, b *Signature) int {
		return cmp.Or(cmp.Compare(a.Metadata.ID, b.Metadata.ID), cmp.Compare(a.Metadata.Version, b.Metadata.Version),
			cmp.Compare(a.Source, b.Source), cmp.Compare(a.Digest, b.Digest))
	})
	s.markVariants()
	for i, member := range s.signatures {
		for _, selector := range member.Selectors {
			s.index.add(selector, i)
		}
	}
	s.linkFindings()
	s.wanted = sync.OnceValue(s.interests)
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

// Inherit gives the members that are in another set too, with the same id,
// version and content, the strikes and the quarantine that they have there; the
// others begin anew. It is called before the set is used.
func (s *Set) Inherit(from *Set) {
	known := make(map[identity]*standing, len(from.signatures))
	for _, member := range from.signatures {
		known[member.identity()] = member.standing
	}
	for _, member := range s.signatures {
		if standing := known[member.identity()]; standing != nil {
			member.standing = standing
		}
	}
}

// Version identifies the set: 16 hexadecimal digits over the ids, versions and
// contents of its members.
func (s *Set) Version() string { return s.version }

// Signatures returns the members in the order in which they fire. The caller
// must not change them.
func (s *Set) Signatures() []*Signature { return s.signatures }

// Rejected returns the programs that were left out, in the order in which they
// were given.
func (s *Set) Rejected() []Rejection { return s.rejected }

// Selecting returns the members that an event of that source, name and origin
// is delivered to, each once, in the order in which they fire.
func (s *Set) Selecting(source, name, origin string) []*Signature {
	var found []*Signature
	for _, i := range s.index.selecting(source, name, origin) {
		found = append(found, s.signatures[i])
	}
	return found
}
