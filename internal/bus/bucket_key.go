package bus

import (
	"errors"
	"fmt"
	"strings"
)

// maxBucketKey bounds the names of entries, in bytes as they are stored.
const maxBucketKey = 1024

// BucketKey makes a valid key of a bucket of any name: letters, digits and
// - _ / stay, and so does '.' where a key may have one; everything else, '='
// among it, becomes =XX. FromBucketKey reverses it.
func BucketKey(name string) (string, error) {
	if name == "" {
		return "", errors.New("a key must not be empty")
	}
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		dot := c == '.' && i > 0 && i < len(name)-1 && name[i-1] != '.'
		if dot || plainInKey(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'=', hexDigits[c>>4], hexDigits[c&15]})
		}
	}
	if b.Len() > maxBucketKey {
		return "", fmt.Errorf("key %.40q… has %d bytes as it is stored, at most %d are taken", name, b.Len(), maxBucketKey)
	}
	return b.String(), nil
}

// FromBucketKey returns the name that a key of a bucket stands for. A '=' that
// no two upper-case hex digits follow stands for itself, so that keys which
// others wrote are what they look like.
func FromBucketKey(key string) string {
	if !strings.Contains(key, "=") {
		return key
	}
	var b strings.Builder
	for i := 0; i < len(key); i++ {
		if key[i] == '=' && i+2 < len(key) {
			high, low := strings.IndexByte(hexDigits, key[i+1]), strings.IndexByte(hexDigits, key[i+2])
			if high >= 0 && low >= 0 {
				b.WriteByte(byte(high<<4 | low))
				i += 2
				continue
			}
		}
		b.WriteByte(key[i])
	}
	return b.String()
}

// plainInKey reports whether a character other than '.' may stand as it is.
func plainInKey(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '/'
}
