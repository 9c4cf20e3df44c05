package cloudevent

import (
	"bytes"
	"strconv"
)

// quoteExtremes turns numbers that no float64 can hold into texts. JSON allows
// them, but most readers, the CloudEvents SDK among them, refuse the whole
// event: one odd number would make a finding unreadable. The data must be valid
// JSON; it is returned as it is where there is nothing to do.
func quoteExtremes(data []byte) []byte {
	var out []byte
	done := 0
	for i := 0; i < len(data); {
		switch c := data[i]; {
		case c == '"':
			i = endOfString(data, i)
		case c == '-' || (c >= '0' && c <= '9'):
			end := endOfNumber(data, i)
			if extreme(data[i:end]) {
				out = append(append(out, data[done:i]...), '"')
				out = append(append(out, data[i:end]...), '"')
				done = end
			}
			i = end
		default:
			i++
		}
	}
	if done == 0 {
		return data
	}
	return append(out, data[done:]...)
}

// endOfString returns the place behind a string that begins at i.
func endOfString(data []byte, i int) int {
	for i++; i < len(data) && data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// endOfNumber returns the place behind a number that begins at i.
func endOfNumber(data []byte, i int) int {
	for i < len(data) && (data[i] >= '0' && data[i] <= '9' || bytes.IndexByte([]byte("+-.eE"), data[i]) >= 0) {
		i++
	}
	return i
}

// extreme reports whether a number is too large; short ones without an
// exponent, which nearly all are, need no closer look.
func extreme(number []byte) bool {
	if len(number) < 300 && !bytes.ContainsAny(number, "eE") {
		return false
	}
	_, err := strconv.ParseFloat(string(number), 64)
	return err != nil
}
