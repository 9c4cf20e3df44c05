package state

// Stats is what a Store holds and what it had to forget.
type Stats struct {
	// Entries is how many there are, with those that nobody has looked at
	// since they expired.
	Entries int64
	// Full counts entries that made room because there were too many,
	// Overweight those that made room or were refused because their texts were
	// too long. Entries that had expired count in neither.
	Full, Overweight uint64
}

// Stats may be called while the store is in use.
func (s *Store) Stats() Stats {
	return Stats{Entries: s.size.Load(), Full: s.full.Load(), Overweight: s.overweight.Load()}
}
