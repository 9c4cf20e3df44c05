package batch

// texts is the dictionary of a batch in the making. Index 0 is "".
type texts struct {
	index map[string]uint32
	list  [][]byte
	// recent remembers the few texts that almost every event repeats.
	recent [4]recentText
	turn   int
}

type recentText struct {
	text  string
	index uint32
}

func (t *texts) reset() {
	if t.index == nil {
		t.index = make(map[string]uint32)
	}
	t.list = append(t.list[:0], nil)
}

// release lets go of the texts.
func (t *texts) release() {
	clear(t.index)
	clear(t.list)
	t.recent = [4]recentText{}
}

// add returns the index of a text.
func (t *texts) add(s string) uint32 {
	if s == "" {
		return 0
	}
	if i, ok := t.index[s]; ok {
		return i
	}
	i := uint32(len(t.list))
	t.index[s] = i
	t.list = append(t.list, view(s))
	return i
}

// common is add for texts of which a batch has very few, so that comparing
// (mostly of equal pointers) is cheaper than hashing.
func (t *texts) common(s string) uint32 {
	if s == "" {
		return 0
	}
	for i := range t.recent {
		if t.recent[i].text == s {
			return t.recent[i].index
		}
	}
	i := t.add(s)
	t.recent[t.turn] = recentText{s, i}
	t.turn = (t.turn + 1) % len(t.recent)
	return i
}

// all appends the indices of a list of texts to dst.
func (t *texts) all(dst []uint32, list []string) []uint32 {
	for _, s := range list {
		dst = append(dst, t.add(s))
	}
	return dst
}
