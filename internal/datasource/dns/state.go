package dns

import "github.com/weirsec/weir/schemas/statepb"

// stateVersion is the layout's version.
const stateVersion = 1

// State returns all that the cache knows: Restore makes another one of it that
// answers and learns alike.
func (c *Cache) State() *statepb.DNS {
	s := &statepb.DNS{
		Version: stateVersion, Observed: c.observed, Swept: c.swept,
		Counts: &statepb.DNSCounts{
			Evicted: c.store.Evicted(), Links: c.counts.Links, Records: c.counts.Records,
			Unrelated: c.counts.Unrelated, Messages: c.counts.Messages, Names: c.counts.Names,
		},
	}
	scopes, rows := make(map[Scope]uint32), make(map[*item]uint32)
	scope := func(of Scope) uint32 {
		row, known := scopes[of]
		if !known {
			row = uint32(len(s.Scopes))
			scopes[of] = row
			s.Scopes = append(s.Scopes, &statepb.DNSScope{Container: []byte(of.Container), NetNs: of.NetNS})
		}
		return row
	}
	for it := range c.store.Items() {
		rows[it] = uint32(len(rows))
		n := &it.Value
		s.Names = append(s.Names, &statepb.DNSName{
			Scope: scope(it.Key.Scope), Text: []byte(it.Key.text), Root: []byte(n.root), Asked: n.asked,
			Since: n.since, Until: n.until, Lost: n.lost,
		})
	}
	for it, row := range rows {
		name := s.Names[row]
		for _, l := range it.Value.up {
			name.Up = append(name.Up, &statepb.DNSLink{
				FromName: rows[l.to], Since: l.since, From: l.from, Until: l.until, Reverse: l.reverse,
			})
		}
		for _, child := range it.Value.down {
			name.Down = append(name.Down, rows[child])
		}
	}
	for k := range c.store.Ghosts() {
		s.Ghosts = append(s.Ghosts, &statepb.DNSGhost{Scope: scope(k.Scope), Text: []byte(k.text)})
	}
	return s
}
