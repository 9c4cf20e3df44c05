package recording

import (
	"fmt"

	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// Reader splits a recording into pieces.
type Reader interface {
	// Next returns the next piece, and io.EOF after the last one. After any
	// other error nothing more can be read.
	Next() (Piece, error)
}

// Piece is a part of a recording that can be decoded on its own, by one
// goroutine at a time.
type Piece interface {
	// Size is how many bytes of the input the piece has.
	Size() int
	// Decode reads the piece. What it returns is the caller's; its texts are
	// parts of the input, so to keep one of them for long, copy it.
	Decode(d *Decoder) Decoded
}

// Decoder decodes pieces. It keeps tables between them, so each goroutine has
// its own. The zero Decoder is ready.
type Decoder struct {
	json    event.Parser
	batches batch.Decoder
	decoded Decoded
	boot    bootID
}

// Decoded is what a piece holds.
type Decoded struct {
	Events []event.Event
	// Records are the numbers of the events' records, counted from 1.
	Records []int
	// Invalid are the records that could not be read, in their order.
	Invalid []Invalid
	// Unit is what a record is: "line", "event" or "batch".
	Unit string
	// Envelopes are those of the batches; lines have none.
	Envelopes []*eventpb.Envelope
}

// Invalid is a record that could not be read.
type Invalid struct {
	Record int
	Err    error
}

// Place names the record of event i, as "line 7".
func (d *Decoded) Place(i int) string { return fmt.Sprintf("%s %d", d.Unit, d.Records[i]) }

// begin starts a piece, with room for as many events as the last one had.
func (d *Decoder) begin(unit string) *Decoded {
	n := len(d.decoded.Records)
	d.decoded = Decoded{Events: make([]event.Event, 0, n+n/8), Records: make([]int, 0, n+n/8), Unit: unit}
	return &d.decoded
}

// reject notes a record that could not be read.
func (d *Decoded) reject(record int, err error) {
	d.Invalid = append(d.Invalid, Invalid{Record: record, Err: err})
}
