package dns

import (
	"errors"
	"fmt"

	"github.com/weirsec/weir/schemas/statepb"
)

var (
	errScope = errors.New("no such scope")
	errName  = errors.New("no such name")
)

// Restore makes a Cache of what State returned. What that could not have returned
// is an error that says where it is wrong. The limits may be others than before:
// what is over them is evicted with the next answer that is learnt.
func Restore(limits Limits, s *statepb.DNS) (*Cache, error) {
	if s.GetVersion() != stateVersion {
		return nil, fmt.Errorf("dns: layout version %d, this program knows %d", s.GetVersion(), stateVersion)
	}
	c := New(limits)
	c.observed, c.swept = s.Observed, s.Swept
	n := s.GetCounts()
	c.counts = Counts{
		Links: n.GetLinks(), Records: n.GetRecords(), Unrelated: n.GetUnrelated(), Messages: n.GetMessages(), Names: n.GetNames(),
	}
	r := restorer{Cache: c, state: s}
	items, err := r.items()
	if err == nil {
		err = r.links(items)
	}
	if err != nil {
		return nil, fmt.Errorf("dns: %w", err)
	}
	ghosts := make([]key, len(s.Ghosts))
	for i, g := range s.Ghosts {
		if ghosts[i], err = r.key(g.GetScope(), g.GetText()); err != nil {
			return nil, fmt.Errorf("dns: ghost %d of %d: %w", i, len(s.Ghosts), err)
		}
	}
	c.store.Recall(n.GetEvicted(), func(yield func(key) bool) {
		for _, k := range ghosts {
			if !yield(k) {
				return
			}
		}
	})
	return c, nil
}

// restorer makes a cache of a checkpoint.
type restorer struct {
	*Cache
	state *statepb.DNS
}

func (r *restorer) key(row uint32, text []byte) (key, error) {
	if uint64(row) >= uint64(len(r.state.Scopes)) {
		return key{}, fmt.Errorf("scope %d of %d: %w", row, len(r.state.Scopes), errScope)
	}
	if len(text) == 0 || len(text) > MaxText {
		return key{}, fmt.Errorf("a text of %d bytes, there are 1 to %d", len(text), MaxText)
	}
	s := r.state.Scopes[row]
	return key{Scope{Container: string(s.GetContainer()), NetNS: s.GetNetNs()}, string(text)}, nil
}

// items makes the items, without what they lead to.
func (r *restorer) items() ([]*item, error) {
	items := make([]*item, len(r.state.Names))
	for i, n := range r.state.Names {
		k, err := r.key(n.GetScope(), n.GetText())
		switch {
		case err != nil:
		case r.store.Peek(k) != nil:
			err = errors.New("it is there twice")
		case len(n.Up) > MaxLinks || len(n.Down) > MaxLinks:
			err = fmt.Errorf("%d and %d links, at most %d", len(n.Up), len(n.Down), MaxLinks)
		case len(n.Root) > MaxText:
			err = fmt.Errorf("a root of %d bytes, at most %d", len(n.Root), MaxText)
		}
		if err != nil {
			return nil, fmt.Errorf("name %d of %d: %w", i, len(items), err)
		}
		it := r.item(k.Scope, k.text)
		it.Value.root, it.Value.asked = string(n.Root), n.Asked
		it.Value.since, it.Value.until, it.Value.lost = n.Since, n.Until, n.Lost
		items[i] = it
	}
	return items, nil
}

// links ties the items together. Each link is told at both of its ends.
func (r *restorer) links(items []*item) error {
	type pair struct{ parent, child uint32 }
	open := make(map[pair]bool)
	for i, n := range r.state.Names {
		for _, l := range n.Up {
			p := pair{l.GetFromName(), uint32(i)}
			switch {
			case uint64(p.parent) >= uint64(len(items)):
				return fmt.Errorf("name %d: from %d of %d: %w", i, p.parent, len(items), errName)
			case p.parent == p.child || open[p]:
				return fmt.Errorf("name %d: a second or circular link from %d", i, p.parent)
			case items[i].Key.Scope != items[p.parent].Key.Scope:
				return fmt.Errorf("name %d: a link from another scope", i)
			case l.GetSince() > l.GetFrom() || l.GetFrom() > l.GetUntil():
				return fmt.Errorf("name %d: a link that held from %d, since %d, until %d", i, l.GetFrom(), l.GetSince(), l.GetUntil())
			}
			open[p] = true
			up := &items[i].Value.up
			*up = append(*up, link{
				to: items[p.parent], since: l.GetSince(), from: l.GetFrom(), until: l.GetUntil(), reverse: l.GetReverse(),
			})
			r.store.Grow(items[i], linkSize)
		}
	}
	for i, n := range r.state.Names {
		for _, row := range n.Down {
			p := pair{uint32(i), row}
			if !open[p] {
				return fmt.Errorf("name %d: leads to %d, which does not know", i, row)
			}
			delete(open, p)
			items[i].Value.down = append(items[i].Value.down, items[row])
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("%d links are told at one end only", len(open))
	}
	return nil
}
