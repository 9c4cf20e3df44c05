package prefilter

// tree finds the texts of a set that begin another text, or end it, or equal
// it, in one walk.
type tree struct {
	letters *alphabet
	// reversed walks from the end.
	reversed bool
	// next holds, for each node and letter, the node after it, 0 for none.
	next []int32
	// affix holds what is found when a node is passed, whole what is found when
	// the walk ends there with the text; nil for nothing.
	affix, whole []Bits
}

// entry is a text to find and whose it is.
type entry struct {
	text  string
	whole bool
	owner int
}

func newTree(entries []entry, owners int, reversed bool) *tree {
	texts := make([]string, len(entries))
	for i, e := range entries {
		texts[i] = e.text
	}
	t := &tree{letters: newAlphabet(texts), reversed: reversed}
	t.grow()
	for _, e := range entries {
		t.add(e, owners)
	}
	return t
}

func (t *tree) grow() int32 {
	t.next = append(t.next, make([]int32, t.letters.size)...)
	t.affix, t.whole = append(t.affix, nil), append(t.whole, nil)
	return int32(len(t.affix) - 1)
}

func (t *tree) add(e entry, owners int) {
	node := int32(0)
	for i := range len(e.text) {
		at := int(node)*t.letters.size + int(t.letters.class[t.byteAt(e.text, i)])
		if t.next[at] == 0 {
			made := t.grow()
			t.next[at] = made
		}
		node = t.next[at]
	}
	list := t.affix
	if e.whole {
		list = t.whole
	}
	if list[node] == nil {
		list[node] = newBits(owners)
	}
	list[node].set(e.owner)
}

func (t *tree) byteAt(text string, i int) byte {
	if t.reversed {
		return text[len(text)-1-i]
	}
	return text[i]
}

// find adds the owners of what is found in text to found.
func (t *tree) find(text string, found Bits) {
	node := 0
	for i := range len(text) {
		letter := t.letters.class[t.byteAt(text, i)]
		if letter == 0 {
			return
		}
		node = int(t.next[node*t.letters.size+int(letter)])
		if node == 0 {
			return
		}
		if hit := t.affix[node]; hit != nil {
			found.or(hit)
		}
	}
	if hit := t.whole[node]; hit != nil {
		found.or(hit)
	}
}
