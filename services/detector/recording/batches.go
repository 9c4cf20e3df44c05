package recording

import (
	"errors"
	"fmt"
	"io"
)

// groupSize is how many bytes of batches make a piece, if there are several.
const groupSize = 64 << 10

// Batches reads messages of WEIR_EVENTS, wherever they come from.
type Batches struct {
	next  func() ([]byte, error)
	count int
	err   error
}

// NewBatches returns a Reader of what next returns: a message that the Reader
// may keep, io.EOF after the last, or an error after which there are no more.
func NewBatches(next func() ([]byte, error)) *Batches { return &Batches{next: next} }

// Next implements Reader.
func (b *Batches) Next() (Piece, error) {
	g := &group{first: b.count + 1}
	for b.err == nil && g.size < groupSize {
		var message []byte
		if message, b.err = b.next(); b.err == nil {
			g.messages = append(g.messages, message)
			g.size += len(message)
			b.count++
		}
	}
	switch {
	case len(g.messages) > 0:
		return g, nil
	case errors.Is(b.err, io.EOF):
		return nil, io.EOF
	default:
		return nil, fmt.Errorf("read batch %d: %w", b.count+1, b.err)
	}
}

// group is a piece of several batches.
type group struct {
	messages [][]byte
	first    int
	size     int
}

// Size implements Piece.
func (g *group) Size() int { return g.size }

// Decode implements Piece.
func (g *group) Decode(d *Decoder) Decoded {
	into := d.begin("batch")
	for i, message := range g.messages {
		number := g.first + i
		b, err := d.batches.Decode(message)
		if err != nil {
			into.reject(number, err)
			continue
		}
		into.Envelopes = append(into.Envelopes, b.Envelope)
		for range b.Events {
			into.Records = append(into.Records, number)
		}
		if len(g.messages) == 1 {
			into.Events = b.Events
			break
		}
		into.Events = append(into.Events, b.Events...)
	}
	return *into
}
