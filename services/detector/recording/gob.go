package recording

import (
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// gobGroup is how many bytes of events of a gob stream make a piece.
	gobGroup = 64 << 10
	// maxGobErrors is how many events in a row may be unreadable before the
	// stream is taken for something else.
	maxGobErrors = 100
	// endOfTransmission is the name of the event that ends a stream of Tracee's
	// option:eot.
	endOfTransmission = "\x04"
	// leftOver is what the decoder says of what is left of an event with a value
	// of an unknown type.
	leftOver = "unknown type id"
)

// Gob reads the stream that Tracee's format:gob was until April 2024. It ends
// with the input, or with the terminating event of option:eot.
type Gob struct {
	frames  *gobFrames
	decoder *gob.Decoder
	// oldest is set for the events of before 2021, whose times are fractions.
	oldest bool
	count  int
	failed int
	err    error
}

// NewGob returns a Reader of a gob stream.
func NewGob(r io.Reader) *Gob {
	registerGobTypes()
	frames := newGobFrames(r)
	return &Gob{frames: frames, decoder: gob.NewDecoder(frames)}
}

// Next implements Reader. A gob stream can only be decoded in its order, so
// that is done here; what is left to the Piece is to read the events' JSON.
func (g *Gob) Next() (Piece, error) {
	if g.err != nil {
		return nil, g.err
	}
	p := &gobPiece{}
	for p.size < gobGroup && len(p.invalid) < maxGobErrors && g.err == nil {
		if p.size > 0 && g.frames.idle() {
			// What is there is not kept waiting for more.
			break
		}
		text, err := g.event()
		switch {
		case errors.Is(err, io.EOF):
			g.err = io.EOF
		case err != nil && g.failed > 0 && g.failed < maxGobErrors && strings.Contains(err.Error(), leftOver):
			// No event of its own, but the rest of the one that failed.
			g.count--
			g.failed++
		case err != nil && g.hopeless(err):
			g.err = fmt.Errorf("read event %d: %w", g.count, err)
		case err != nil:
			p.invalid = append(p.invalid, Invalid{Record: g.count, Err: err})
		default:
			p.add(text, g.count)
		}
	}
	if len(p.texts)+len(p.invalid) == 0 {
		return nil, g.err
	}
	return p, nil
}

// hopeless reports whether nothing can be read after an error: the stream is
// broken, and not just one event.
func (g *Gob) hopeless(err error) bool {
	g.failed++
	return g.frames.err != nil || errors.Is(err, errGobPanic) || g.failed >= maxGobErrors
}

// event reads the next event as flat JSON; io.EOF after the last.
func (g *Gob) event() ([]byte, error) {
	e, err := g.decode()
	if g.count == 0 && err != nil && strings.Contains(err.Error(), ".Timestamp") {
		g.oldest = true
		g.decoder = gob.NewDecoder(g.frames.rewind())
		e, err = g.decode()
	}
	g.frames.forget()
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	g.count++
	if err != nil {
		return nil, err
	}
	if e.EventName == endOfTransmission {
		return nil, io.EOF
	}
	g.failed = 0
	text, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("event %q: %w", e.EventName, err)
	}
	return text, nil
}

// errGobPanic marks a panic of the standard library's decoder, after which it
// is in no known state.
var errGobPanic = errors.New("broken gob stream")

// decode reads one event as it is in the stream.
func (g *Gob) decode() (e *gobEvent, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("%w: %v", errGobPanic, value)
		}
	}()
	if g.oldest {
		var old oldestGobEvent
		if err := g.decoder.Decode(&old); err != nil {
			return nil, err
		}
		return old.current(), nil
	}
	e = new(gobEvent)
	return e, g.decoder.Decode(e)
}
