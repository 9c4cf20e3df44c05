package catalogue

// Numbers are the numbers of a syscall in the tables of the two architectures
// and of 32-bit programs on them; -1 where a table has none.
type Numbers struct {
	AMD64, ARM64 int16
	// I386 and ARM may hold several: older variants of the same syscall.
	I386, ARM []int16
}

func numbers(amd64, arm64, i386, arm int16) Numbers {
	return Numbers{amd64, arm64, known(i386), known(arm)}
}

// also adds the numbers of a second variant.
func (n Numbers) also(i386, arm int16) Numbers {
	n.I386 = append(n.I386, known(i386)...)
	n.ARM = append(n.ARM, known(arm)...)
	return n
}

func known(n int16) []int16 {
	if n < 0 {
		return nil
	}
	return []int16{n}
}
