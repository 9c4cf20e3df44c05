package recording

// gobPiece is a piece of a gob stream: its events as flat JSON.
type gobPiece struct {
	texts   [][]byte
	records []int
	size    int
	invalid []Invalid
}

func (p *gobPiece) add(text []byte, record int) {
	p.texts = append(p.texts, text)
	p.records = append(p.records, record)
	p.size += len(text)
}

// Size implements Piece.
func (p *gobPiece) Size() int { return p.size }

// Decode implements Piece.
func (p *gobPiece) Decode(d *Decoder) Decoded {
	into := d.begin("event")
	into.Invalid = p.invalid
	for i, text := range p.texts {
		d.line(text, p.records[i])
	}
	return *into
}
