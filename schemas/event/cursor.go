package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// cursor walks over a text that is known to be valid JSON. The first value
// that is not of the wanted type is kept in err; what is wrong is skipped, so
// that callers need not look after every step.
type cursor struct {
	data []byte
	// text is data again; the strings that are read are parts of it.
	text string
	pos  int
	err  error
}

func (c *cursor) fail(key, want string, at int) {
	if c.err != nil {
		return
	}
	if key == "" {
		c.err = fmt.Errorf("want %s at byte %d", want, at)
		return
	}
	c.err = fmt.Errorf("%s: want %s at byte %d", key, want, at)
}

func (c *cursor) space() {
	for c.pos < len(c.data) && c.data[c.pos] <= ' ' {
		c.pos++
	}
}

// next skips a byte of punctuation and the space after it, which all readers
// leave the cursor at.
func (c *cursor) next() {
	c.pos++
	c.space()
}

// object calls member for each key, which must read the value; null has none.
func (c *cursor) object(key string, member func(key string)) {
	if c.data[c.pos] != '{' {
		c.wantNull(key, "an object")
		return
	}
	for c.next(); c.data[c.pos] != '}'; {
		name := c.quoted()
		c.next()
		member(name)
		if c.data[c.pos] == ',' {
			c.next()
		}
	}
	c.next()
}

// wantNull passes over a value that is wrong where it is not null.
func (c *cursor) wantNull(key, want string) {
	start := c.pos
	if string(c.raw()) != "null" {
		c.fail(key, want, start)
	}
}

// array calls element for each element, which must read it; null has none.
func (c *cursor) array(key string, element func()) {
	if c.data[c.pos] != '[' {
		c.wantNull(key, "an array")
		return
	}
	for c.next(); c.data[c.pos] != ']'; {
		element()
		if c.data[c.pos] == ',' {
			c.next()
		}
	}
	c.next()
}

// skip passes over any value.
func (c *cursor) skip() {
	switch c.data[c.pos] {
	case '"':
		c.quotedEnd()
	case '{', '[':
		// Valid JSON: brackets match, so counting them is enough.
		for depth := 0; ; {
			switch c.data[c.pos] {
			case '"':
				c.quotedEnd()
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			}
			c.pos++
			if depth == 0 {
				break
			}
		}
	default:
		for c.pos < len(c.data) && !endsNumber(c.data[c.pos]) {
			c.pos++
		}
	}
	c.space()
}

func endsNumber(b byte) bool { return b <= ' ' || b == ',' || b == ']' || b == '}' }

// raw passes over any value and returns its text, a part of data.
func (c *cursor) raw() []byte {
	start := c.pos
	c.skip()
	end := c.pos
	for c.data[end-1] <= ' ' {
		end--
	}
	return c.data[start:end]
}

// compact is raw without space between the tokens.
func (c *cursor) compact() string {
	raw := c.raw()
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		return string(raw)
	}
	return b.String()
}

// quotedEnd passes over a string and reports whether it has escapes.
func (c *cursor) quotedEnd() (escaped bool) {
	for c.pos++; c.data[c.pos] != '"'; c.pos++ {
		if c.data[c.pos] == '\\' {
			escaped = true
			c.pos++
		}
	}
	c.pos++
	return escaped
}

// quoted reads a string.
func (c *cursor) quoted() string {
	start := c.pos
	escaped := c.quotedEnd()
	end := c.pos
	c.space()
	if !escaped {
		return c.text[start+1 : end-1]
	}
	var s string
	if err := json.Unmarshal(c.data[start:end], &s); err != nil {
		c.fail("", "a string", start)
	}
	return s
}

// string reads a string; null is "".
func (c *cursor) string(key string) string {
	if c.data[c.pos] == '"' {
		return c.quoted()
	}
	c.wantNull(key, "a string")
	return ""
}

func (c *cursor) bool(key string) bool {
	start := c.pos
	switch string(c.raw()) {
	case "true":
		return true
	case "false", "null":
	default:
		c.fail(key, "true or false", start)
	}
	return false
}

// int reads a whole number; null is 0.
func (c *cursor) int(key string) int64 {
	start := c.pos
	raw := c.raw()
	n, ok := wholeNumber(raw)
	if !ok && string(raw) != "null" {
		c.fail(key, "a whole number of 64 bits", start)
	}
	return n
}

func (c *cursor) int32(key string) int32 {
	start := c.pos
	n := c.int(key)
	if n != int64(int32(n)) {
		c.fail(key, "a whole number of 32 bits", start)
	}
	return int32(n)
}

// uint32 takes the negative numbers of 32 bits too: an unset id is printed as
// -1 by some and as 4294967295 by others.
func (c *cursor) uint32(key string) uint32 {
	start := c.pos
	n := c.int(key)
	if n < math.MinInt32 || n > math.MaxUint32 {
		c.fail(key, "a whole number of 32 bits", start)
	}
	return uint32(n)
}

func (c *cursor) uint(key string) uint64 {
	start := c.pos
	raw := c.raw()
	if n, err := strconv.ParseUint(string(raw), 10, 64); err == nil {
		return n
	}
	n, ok := wholeNumber(raw)
	if (!ok || n < 0) && string(raw) != "null" {
		c.fail(key, "a whole number of 64 bits, not negative", start)
	}
	return uint64(n)
}

// wholeNumber reads 12, and 1.2e1 too where a double holds it exactly.
func wholeNumber(raw []byte) (int64, bool) {
	if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}
