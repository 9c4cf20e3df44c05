package dns

import (
	"github.com/weirsec/weir/internal/datasource/slab"
	"github.com/weirsec/weir/schemas/statepb"
)

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
	scopes, rows := make(map[Scope]uint32), make(map[*item]uint32, c.store.Len())
	var (
		names slab.Slab[statepb.DNSName]
		links slab.Slab[statepb.DNSLink]
		ups   slab.Slab[*statepb.DNSLink]
		downs slab.Slab[uint32]
		texts slab.Slab[byte]
	)
	told := func(text string) []byte {
		b := texts.Make(len(text))
		copy(b, text)
		return b
	}
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
		n, name := &it.Value, names.New()
		name.Scope, name.Text, name.Root = scope(it.Key.Scope), told(it.Key.text), told(n.root)
		name.Asked, name.Since, name.Until, name.Lost = n.asked, n.since, n.until, n.lost
		s.Names = append(s.Names, name)
	}
	for it, row := range rows {
		name := s.Names[row]
		name.Up, name.Down = ups.Make(len(it.Value.up)), downs.Make(len(it.Value.down))
		for i, l := range it.Value.up {
			link := links.New()
			link.FromName, link.Since, link.From, link.Until, link.Reverse = rows[l.to], l.since, l.from, l.until, l.reverse
			name.Up[i] = link
		}
		for i, child := range it.Value.down {
			name.Down[i] = rows[child]
		}
	}
	for k := range c.store.Ghosts() {
		s.Ghosts = append(s.Ghosts, &statepb.DNSGhost{Scope: scope(k.Scope), Text: []byte(k.text)})
	}
	return s
}
