package event

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"math/bits"
	"strconv"
)

// word reads one of JSON's words.
func (f *fast) word(word string) bool {
	if len(f.text)-f.pos < len(word) || f.text[f.pos:f.pos+len(word)] != word {
		return false
	}
	f.pos += len(word)
	return true
}

// Eight bytes at once: the highest bit of each byte tells something about it.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// ends marks the bytes of a string that end it or make it unusual: quotes,
// backslashes and control characters. Bytes after the first that is marked may
// be marked wrongly.
func ends(eight uint64) uint64 {
	quote := eight ^ '"'*ones
	slash := eight ^ '\\'*ones
	return ((quote-ones)&^quote | (slash-ones)&^slash | (eight-' '*ones)&^eight) & highs
}

// quoted reads a string; one with escapes is no fast matter, but allowed.
func (f *fast) quoted() (string, bool) {
	start := f.pos + 1
	at := start
	for at+8 <= len(f.data) {
		if marks := ends(binary.LittleEndian.Uint64(f.data[at:])); marks != 0 {
			at += bits.TrailingZeros64(marks) / 8
			return f.endQuoted(start, at)
		}
		at += 8
	}
	for at < len(f.data) && f.data[at] >= ' ' && f.data[at] != '"' && f.data[at] != '\\' {
		at++
	}
	return f.endQuoted(start, at)
}

// endQuoted ends a string of which all before at is usual.
func (f *fast) endQuoted(start, at int) (string, bool) {
	switch {
	case at >= len(f.data):
		return "", false
	case f.data[at] == '"':
		f.pos = at + 1
		return f.text[start:at], true
	case f.data[at] != '\\':
		return "", false
	}
	s := syntax{data: f.data, pos: start - 1}
	if s.quoted() != "" {
		return "", false
	}
	f.pos = s.pos
	var text string
	err := json.Unmarshal(f.data[start-1:s.pos], &text)
	return text, err == nil
}

// string reads a text; null is the empty one.
func (f *fast) string(into *string) bool {
	if f.data[f.pos] != '"' {
		*into = ""
		return f.word("null")
	}
	text, ok := f.quoted()
	*into = text
	return ok
}

// fill sets a text that is not set yet by another key.
func (f *fast) fill(into *string) bool {
	var text string
	ok := f.string(&text)
	if *into == "" {
		*into = text
	}
	return ok
}

// bool reads a truth value; null is false.
func (f *fast) bool(into *bool) bool {
	*into = f.data[f.pos] == 't'
	if *into {
		return f.word("true")
	}
	return f.word("false") || f.word("null")
}

// digits reads up to 19 digits that no other part of a number follows.
func (f *fast) digits() (n uint64, ok bool) {
	const most = 19
	start := f.pos
	for f.pos < len(f.data) && f.pos < start+most && digit(f.data[f.pos]) {
		n = n*10 + uint64(f.data[f.pos]-'0')
		f.pos++
	}
	read := f.pos - start
	return n, read > 0 && (read == 1 || f.data[start] != '0') && f.ended()
}

// ended reports whether what follows a number is no part of it.
func (f *fast) ended() bool {
	if f.pos == len(f.data) {
		return false
	}
	switch f.data[f.pos] {
	case ',', '}', ']', '"', ' ', '\t', '\r', '\n':
		return true
	default:
		return false
	}
}

// int reads a whole number; null is 0.
func (f *fast) int(into *int64) bool {
	switch f.data[f.pos] {
	case 'n':
		*into = 0
		return f.word("null")
	case '-':
		f.pos++
		n, ok := f.digits()
		*into = -int64(n)
		return ok && n <= math.MaxInt64
	default:
		n, ok := f.digits()
		*into = int64(n)
		return ok && n <= math.MaxInt64
	}
}

// uint reads a number without sign; null is 0.
func (f *fast) uint(into *uint64) bool {
	if f.data[f.pos] == 'n' {
		*into = 0
		return f.word("null")
	}
	start := f.pos
	n, ok := f.digits()
	if !ok && f.pos < len(f.data) && digit(f.data[f.pos]) {
		// Twenty digits: the highest numbers have that many.
		f.pos++
		var err error
		n, err = strconv.ParseUint(f.text[start:f.pos], 10, 64)
		ok = err == nil && f.data[start] != '0' && f.ended()
	}
	*into = n
	return ok
}

func (f *fast) int32(into *int32) bool {
	var n int64
	ok := f.int(&n)
	*into = int32(n)
	return ok && n == int64(int32(n))
}

// uint32 takes the negative numbers of 32 bits too, as cursor.uint32 does.
func (f *fast) uint32(into *uint32) bool {
	var n int64
	ok := f.int(&n)
	*into = uint32(n)
	return ok && n >= math.MinInt32 && n <= math.MaxUint32
}
