package prefilter

// alphabet gives the bytes that occur in some texts small numbers, 0 to all
// other bytes, so that tables over them stay small.
type alphabet struct {
	class [256]uint8
	size  int
}

func newAlphabet(texts []string) *alphabet {
	a := &alphabet{size: 1}
	for _, text := range texts {
		for i := range len(text) {
			if a.class[text[i]] == 0 && a.size < 256 {
				a.class[text[i]] = uint8(a.size)
				a.size++
			}
		}
	}
	return a
}
