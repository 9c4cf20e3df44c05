package recording

import (
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/weirsec/weir/schemas/event"
)

// unknownNode is the node of events that do not name one.
const unknownNode = "unknown"

// madePrefix begins the boot ids that are made of records.
const madePrefix = "line-"

// madeBootID reports whether a boot id was made of a record.
func madeBootID(id string) bool { return strings.HasPrefix(id, madePrefix) }

// Identify gives an event that was read on its own the identity that it would
// have as a record of a recording.
func Identify(e *event.Event, record []byte, number int) { new(bootID).identify(e, record, number) }

// bootID makes boot ids of records.
type bootID struct{ text [len(madePrefix) + 16]byte }

// identify gives an event of another system the identity that it lacks: the
// number of its record, and a hash of it in the place of the boot id, so that
// analysing it again makes the same findings and another file makes others.
func (b *bootID) identify(e *event.Event, record []byte, number int) {
	e.Seq = uint64(number)
	c := e.Context
	if c.BootID == "" {
		var sum [8]byte
		binary.BigEndian.PutUint64(sum[:], xxhash.Sum64(record))
		copy(b.text[:], madePrefix)
		hex.Encode(b.text[len(madePrefix):], sum[:])
		c.BootID = string(b.text[:])
	}
	if c.Node == "" {
		c.Node = unknownNode
	}
}
