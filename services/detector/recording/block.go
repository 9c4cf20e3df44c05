package recording

import (
	"bytes"

	"github.com/weirsec/weir/schemas/event"
)

// block is a piece of whole lines.
type block struct {
	data    []byte
	first   int
	skipped []int
	longest int
}

// Size implements Piece.
func (b *block) Size() int { return len(b.data) }

// Decode implements Piece.
func (b *block) Decode(d *Decoder) Decoded {
	into := d.begin("line")
	for _, line := range b.skipped {
		into.reject(line, ErrLineTooLong)
	}
	rest := b.data
	for number := b.first; len(rest) > 0; number++ {
		line := rest
		if at := bytes.IndexByte(rest, '\n'); at >= 0 {
			line, rest = rest[:at], rest[at+1:]
		} else {
			rest = nil
		}
		switch {
		case len(line) > b.longest:
			into.reject(number, ErrLineTooLong)
			continue
		case blank(line):
			continue
		}
		d.line(line, number)
	}
	return *into
}

// line decodes one line.
func (d *Decoder) line(line []byte, number int) {
	into := &d.decoded
	into.Events = append(into.Events, event.Event{})
	e := &into.Events[len(into.Events)-1]
	if err := d.json.Parse(line, e); err != nil {
		into.Events = into.Events[:len(into.Events)-1]
		into.reject(number, err)
		return
	}
	d.boot.identify(e, line, number)
	into.Records = append(into.Records, number)
}

// blank reports whether a line holds nothing but white space.
func blank(line []byte) bool {
	for _, b := range line {
		if b != ' ' && b != '\t' && b != '\r' {
			return false
		}
	}
	return true
}
