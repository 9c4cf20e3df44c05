package engine

// Inherit takes over the strikes and quarantines of those signatures that are
// the same, to the letter, in a set that was at work before: what was taken out
// for its faults does not come back because something else has changed. It is
// called before the set is at work.
func (s *Set) Inherit(from *Set) {
	type content struct{ id, version, digest, variant string }
	of := func(m *Signature) content { return content{m.Metadata.ID, m.Metadata.Version, m.Digest, m.Variant} }
	before := make(map[content]*Signature)
	for _, member := range from.signatures {
		before[of(member)] = member
	}
	for _, member := range s.signatures {
		if old, same := before[of(member)]; same {
			member.strikes.Store(old.strikes.Load())
			member.retired.Store(old.retired.Load())
		}
	}
}
