package record

import (
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/eventpb"
)

// What envelopes of raw batches carry as their schema.
const (
	// Schema marks the kernel's records, in the layout of this package. A batch
	// that only tells of losses has it, too.
	Schema = 1
	// SchemaEvents marks events that were decoded elsewhere. A reader that knows
	// only the kernel's records refuses it, instead of finding none.
	SchemaEvents = 2
)

// Marshal returns a message of WEIR_RAW: the envelope and the records one after
// another.
func Marshal(env *eventpb.Envelope, records []byte) ([]byte, error) {
	data, err := (&eventpb.RawBatch{Envelope: env, Records: records}).MarshalVT()
	if err != nil {
		return nil, fmt.Errorf("record: marshal batch: %w", err)
	}
	return data, nil
}

// Unmarshal reads a message of WEIR_RAW. Its records and events alias data,
// which must not change afterwards. It refuses a message without an envelope, of
// an unknown schema or with what its schema does not have; the records are
// looked at by Records and Decoder, the events by package batch.
func Unmarshal(data []byte) (*eventpb.RawBatch, error) {
	b := new(eventpb.RawBatch)
	if err := b.UnmarshalVTUnsafe(data); err != nil {
		return nil, fmt.Errorf("record: unmarshal batch: %w", err)
	}
	if b.Envelope == nil {
		return nil, fmt.Errorf("record: batch without envelope")
	}
	switch s := b.Envelope.Schema; {
	case s != Schema && s != SchemaEvents:
		return nil, fmt.Errorf("record: batch of schema %d, want %d or %d", s, Schema, SchemaEvents)
	case s == Schema && len(b.Events) > 0, s == SchemaEvents && len(b.Records) > 0:
		return nil, fmt.Errorf("record: batch of schema %d with %d bytes of records and %d of events: want either",
			s, len(b.Records), len(b.Events))
	}
	return b, nil
}

// Records yields the records of a batch in turn: the n-th one is the event
// number Envelope.first_seq + n. A length that cannot be is yielded as an error,
// after which there is no telling where the next record begins: the rest of the
// batch is lost.
func Records(records []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for at := 0; at < len(records); {
			rest := records[at:]
			n := 0
			if len(rest) >= 4 {
				n = int(binary.LittleEndian.Uint32(rest))
			}
			if n < headerSize || n > maxRecord || n > len(rest) || n%8 != 0 {
				yield(nil, headerError(at, "record of %d bytes with %d left", n, len(rest)))
				return
			}
			if !yield(rest[:n:n], nil) {
				return
			}
			at += n
		}
	}
}

// Peek returns the type of a record and the nanoseconds since boot at which it
// was made. It is for the collector, which does not decode.
func Peek(rec []byte) (catalogue.Type, uint64, error) {
	if err := check(rec); err != nil {
		return 0, 0, err
	}
	return catalogue.Type(binary.LittleEndian.Uint16(rec[6:])), binary.LittleEndian.Uint64(rec[16:]), nil
}
