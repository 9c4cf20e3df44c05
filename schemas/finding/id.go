package finding

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
)

// NewID returns the CloudEvents id of a finding: a hash of the signature, its
// version, the triggering events and the start of the window that the
// signature looked at (Unix nanoseconds, 0 for a single event). The same
// finding, made again, has the same id. The text is 32 characters of lower-case
// base32.
func NewID(signature, version string, events []string, windowStart int64) string {
	h := sha256.New()
	put := func(text string) {
		// Lengths keep ("a", "bc") and ("ab", "c") apart.
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(text)))
		h.Write(n[:])
		h.Write([]byte(text))
	}
	put(signature)
	put(version)
	for _, id := range events {
		put(id)
	}
	var start [8]byte
	binary.BigEndian.PutUint64(start[:], uint64(windowStart))
	h.Write(start[:])
	return base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").EncodeToString(h.Sum(nil)[:20])
}

// TraceID returns the id of a finding's trace, 32 hexadecimal digits made from
// the finding's id, so that a finding made again has the same trace.
func TraceID(id string) string {
	sum := sha256.Sum256([]byte("trace/" + id))
	return hex.EncodeToString(sum[:16])
}
