package prefilter

import (
	"strings"
	"unicode/utf8"
)

// matcher finds the atoms of one place that hold for a text.
type matcher struct {
	place Place
	// owners have an atom here: all of them could match where the text cannot
	// be told.
	owners Bits

	begins, ends    *tree
	inside, insides *automaton // insides is for lower case
	// folders are the owners of what is in insides.
	folders Bits
}

func newMatcher(place Place, atoms []owned, owners int) *matcher {
	m := &matcher{place: place, owners: newBits(owners), folders: newBits(owners)}
	var begins, ends, inside, insides []entry
	for _, a := range atoms {
		m.owners.set(a.owner)
		e := entry{text: a.atom.Text, owner: a.owner}
		switch a.atom.Op {
		case Equal:
			e.whole = true
			begins = append(begins, e)
		case Prefix:
			begins = append(begins, e)
		case Suffix:
			ends = append(ends, e)
		case Contains:
			inside = append(inside, e)
		case ContainsFold:
			insides = append(insides, e)
			m.folders.set(a.owner)
		}
	}
	if begins != nil {
		m.begins = newTree(begins, owners, false)
	}
	if ends != nil {
		m.ends = newTree(ends, owners, true)
	}
	if inside != nil {
		m.inside = newAutomaton(inside, owners)
	}
	if insides != nil {
		m.insides = newAutomaton(insides, owners)
	}
	return m
}

func (m *matcher) text(text string, found Bits) {
	if m.begins != nil {
		m.begins.find(text, found)
	}
	if m.ends != nil {
		m.ends.find(text, found)
	}
	if m.inside != nil {
		m.inside.find(text, found)
	}
	if m.insides != nil {
		m.folded(text, found)
	}
}

// folded looks through a text in lower case. Beyond ASCII lower case is no
// matter of single bytes, so there anything could match.
func (m *matcher) folded(text string, found Bits) {
	upper := false
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			found.or(m.folders)
			return
		}
		upper = upper || text[i] >= 'A' && text[i] <= 'Z'
	}
	if upper {
		text = strings.ToLower(text)
	}
	m.insides.find(text, found)
}
