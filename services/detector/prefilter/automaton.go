package prefilter

// automaton finds the texts of a set anywhere in another text, in one pass
// (Aho and Corasick, with the fall-backs worked out beforehand).
type automaton struct {
	letters *alphabet
	// next holds, for each state and letter, the state after it.
	next []int32
	// hits holds what has been found in a state, nil for nothing.
	hits []Bits
}

func newAutomaton(entries []entry, owners int) *automaton {
	trie := newTree(nil, owners, false)
	texts := make([]string, len(entries))
	for i, e := range entries {
		texts[i] = e.text
	}
	trie.letters = newAlphabet(texts)
	trie.next, trie.affix, trie.whole = nil, nil, nil
	trie.grow()
	for _, e := range entries {
		e.whole = false
		trie.add(e, owners)
	}
	a := &automaton{letters: trie.letters, next: trie.next, hits: trie.affix}
	a.complete(owners)
	return a
}

// complete puts in the place of each missing step the one that the longest end
// of what was read so far has, level by level.
func (a *automaton) complete(owners int) {
	size := a.letters.size
	fall := make([]int32, len(a.hits))
	queue := make([]int32, 0, len(a.hits))
	for letter := range size {
		if to := a.next[letter]; to != 0 {
			queue = append(queue, to)
		}
	}
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		if inherited := a.hits[fall[state]]; inherited != nil {
			if a.hits[state] == nil {
				a.hits[state] = newBits(owners)
			}
			a.hits[state].or(inherited)
		}
		for letter := range size {
			at := int(state)*size + letter
			back := a.next[int(fall[state])*size+letter]
			if a.next[at] == 0 {
				a.next[at] = back
				continue
			}
			fall[a.next[at]] = back
			queue = append(queue, a.next[at])
		}
	}
}

// find adds the owners of what is found in text to found.
func (a *automaton) find(text string, found Bits) {
	state, size := 0, a.letters.size
	for i := range len(text) {
		state = int(a.next[state*size+int(a.letters.class[text[i]])])
		if hit := a.hits[state]; hit != nil {
			found.or(hit)
		}
	}
}
