package engine

// Only returns a Set that has just this member, anew: without its counters and
// out of quarantine. The member must be one of the Set.
func (s *Set) Only(member *Signature) *Set {
	return NewSet([]Program{member.program}, s.limits, WithSources(s.sources))
}
