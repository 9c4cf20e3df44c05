package event

import (
	"math"
	"strconv"
	"strings"
)

// symbol is the name of a number, or of some bits of one.
type symbol struct {
	name  string
	value uint64
	// mask is which bits the symbol speaks for; 0 means those of value.
	mask uint64
}

// symbols explains the numbers of one argument in both directions.
type symbols struct {
	// flags tells that several symbols may stand for one number, joined by "|".
	flags bool
	list  []symbol
}

// sym names a number, or one bit or several of one.
func sym(name string, value uint64) symbol { return symbol{name: name, value: value} }

// part names one value of a number inside the bits of mask.
func part(name string, value, mask uint64) symbol {
	return symbol{name: name, value: value, mask: mask}
}

// flagTable makes a table in which several symbols may stand for one number.
func flagTable(list ...symbol) symbols { return symbols{flags: true, list: list} }

// numberTable makes a table in which one symbol stands for one number.
func numberTable(list ...symbol) symbols { return symbols{list: list} }

// numbered makes a table of names that are numbered from first on.
func numbered(first uint64, prefix string, names ...string) symbols {
	t := symbols{list: make([]symbol, 0, len(names))}
	for i, name := range names {
		t.list = append(t.list, symbol{name: prefix + name, value: first + uint64(i)})
	}
	return t
}

// text returns the words for a number. Bits without a name follow in
// hexadecimal; a number without a name is written in decimal.
func (t *symbols) text(n uint64) string {
	if !t.flags {
		for i := range t.list {
			if t.list[i].value == n {
				return t.list[i].name
			}
		}
		return strconv.FormatInt(int64(n), 10)
	}
	// Flags are 32 bits wide; a sign must not look like the upper half.
	if int64(n) < 0 && int64(n) >= math.MinInt32 {
		n = uint64(uint32(n))
	}
	return t.join(n)
}

// join needs no memory where one symbol says it all.
func (t *symbols) join(n uint64) string {
	single := ""
	var all []byte
	rest := n
	for i := range t.list {
		s := &t.list[i]
		if mask := s.bits(); n == 0 && s.value == 0 || mask != 0 && rest&mask == s.value {
			rest &^= mask
			single, all = add(single, all, s.name)
		}
	}
	switch {
	case rest != 0:
		single, all = add(single, all, "0x"+strconv.FormatUint(rest, 16))
	case single == "":
		return "0"
	}
	if all != nil {
		return string(all)
	}
	return single
}

// bits returns which bits a symbol speaks for.
func (s *symbol) bits() uint64 {
	if s.mask != 0 {
		return s.mask
	}
	return s.value
}

func add(single string, all []byte, name string) (string, []byte) {
	if single == "" {
		return name, nil
	}
	if all == nil {
		all = append(make([]byte, 0, 64), single...)
	}
	return single, append(append(all, '|'), name...)
}

// number returns the number that the words stand for and whether all of them
// are known.
func (t *symbols) number(text string) (int64, bool) {
	var n uint64
	for word := range strings.SplitSeq(text, "|") {
		value, ok := t.word(strings.TrimSpace(word))
		if !ok {
			return 0, false
		}
		n |= value
	}
	return int64(n), true
}

func (t *symbols) word(word string) (uint64, bool) {
	for i := range t.list {
		if t.list[i].name == word {
			return t.list[i].value, true
		}
	}
	if n, err := strconv.ParseInt(word, 0, 64); err == nil {
		return uint64(n), true
	}
	return 0, false
}
