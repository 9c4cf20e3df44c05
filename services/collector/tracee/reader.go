package tracee

import (
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/services/collector/replay"
)

const (
	// unknownNode is the node of events that do not name one.
	unknownNode = "unknown"
	// batchEvents and batchBytes bound what is read before it is handed on.
	batchEvents = 256
	batchBytes  = 256 << 10
)

// errNoName says that a line is an object, but none that Tracee writes of an event.
var errNoName = errors.New("no event: it has no name")

// Config says whose events they are. The zero value takes what they say.
type Config struct {
	// Node is the node of all events; "" means what each calls its host. In a
	// container that is the container's name.
	Node string
	// BootID is the boot of all events; "" makes one of the first line.
	BootID string
	// Invalid is told of each line that is no event; nil tells nobody.
	Invalid func(line int, err error)
}

// Reader reads events.
type Reader struct {
	cfg    Config
	lines  *lines
	parser event.Parser
	packer replay.Packer
	chunk  chunk
	made   []*eventpb.RawBatch
	// lost is what was passed over since the last batch, begun at a line.
	lost *eventpb.Loss
	// node and at are those of the last event.
	node string
	at   int64
	line int
	err  error
}

// New returns a Reader of r.
func New(r io.Reader, cfg Config) *Reader {
	return &Reader{cfg: cfg, lines: newLines(r, maxLine), node: cfg.Node}
}

// BootID returns the boot id of an input that can be read twice: a hash of all
// of it, so that one that was changed has another.
func BootID(r io.Reader) (string, error) {
	h := xxhash.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", fmt.Errorf("make a boot id: %w", err)
	}
	return madeID(h), nil
}

func madeID(h hash.Hash) string { return "import-" + hex.EncodeToString(h.Sum(nil)) }

// Next implements replay.Batches.
func (r *Reader) Next() (*eventpb.RawBatch, error) {
	for len(r.made) == 0 {
		if r.err != nil {
			return nil, r.err
		}
		if err := r.read(); err != nil {
			return nil, err
		}
	}
	next := r.made[0]
	r.made = r.made[1:]
	return next, nil
}

// read reads events, as many as need no waiting for, and makes batches of them.
func (r *Reader) read() error {
	chunk := &r.chunk
	chunk.reset()
	for {
		line, err := r.lines.next()
		switch {
		case errors.Is(err, errTooLong):
			r.line++
			r.reject(err)
			continue
		case errors.Is(err, io.EOF):
			r.err = io.EOF
			return r.pack(chunk, true)
		case err != nil:
			r.err = fmt.Errorf("read line %d: %w", r.line+1, err)
			return r.pack(chunk, true)
		}
		r.line++
		r.take(chunk, line)
		if chunk.full() || chunk.count > 0 && !r.lines.ready() {
			return r.pack(chunk, false)
		}
	}
}

// take parses one line into the chunk.
func (r *Reader) take(to *chunk, line []byte) {
	if blank(line) {
		return
	}
	if r.cfg.BootID == "" {
		h := xxhash.New()
		// Writing to a hash cannot fail.
		_, _ = h.Write(line)
		r.cfg.BootID = madeID(h)
	}
	line = to.keep(line)
	var e event.Event
	err := r.parser.Parse(line, &e)
	if err == nil && e.Name() == "" {
		err = errNoName
	}
	if err != nil {
		r.reject(err)
		return
	}
	e.Seq = uint64(r.line)
	c := e.Context
	c.BootID = r.cfg.BootID
	switch {
	case r.cfg.Node != "":
		c.Node = r.cfg.Node
	case c.Node == "":
		c.Node = unknownNode
	}
	if r.node != c.Node {
		r.node = strings.Clone(c.Node)
	}
	r.at = e.Time
	if r.lost != nil && r.lost.LastTime == 0 {
		r.lost.FirstTime, r.lost.LastTime = e.Time, e.Time
	}
	to.add(e)
}

// reject counts a line that is no event, and tells of it. When it was lost is
// not known better than by the events around it.
func (r *Reader) reject(err error) {
	if r.cfg.Invalid != nil {
		r.cfg.Invalid(r.line, err)
	}
	if r.lost == nil {
		r.lost = &eventpb.Loss{Reason: "unparsable", FirstTime: r.at}
	}
	r.lost.Count++
	r.lost.LastTime = r.at
}

// pack makes batches of a chunk. What was lost goes with the first of them;
// where there is none, and none comes any more, it is a batch of its own.
func (r *Reader) pack(c *chunk, end bool) error {
	if c.count == 0 && r.lost != nil && end {
		if r.node == "" {
			r.node = unknownNode
		}
		if r.cfg.BootID == "" {
			r.cfg.BootID = madeID(xxhash.New())
		}
		c.nodes, c.events = append(c.nodes[:0], r.node), append(c.events[:0], nil)
	}
	for i, node := range c.nodes {
		// The chunk's texts are written over.
		env := &eventpb.Envelope{Node: strings.Clone(node), BootId: r.cfg.BootID, FirstSeq: uint64(r.line)}
		if i == 0 && r.lost != nil {
			env.Losses, r.lost = []*eventpb.Loss{r.lost}, nil
		}
		made, err := r.packer.Pack(env, c.events[i])
		if err != nil {
			return fmt.Errorf("line %d and before: %w", r.line, err)
		}
		r.made = append(r.made, made...)
	}
	return nil
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
