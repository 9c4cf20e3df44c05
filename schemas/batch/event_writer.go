package batch

import (
	"fmt"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// The numbers of fields in event.proto: Batch.events and those of Event.
const (
	fieldEvents = 7

	fieldSeq         = 1
	fieldTime        = 2
	fieldShape       = 3
	fieldContext     = 4
	fieldReturnValue = 5
	fieldCPU         = 6
	fieldSyscall     = 7
	fieldHook        = 8
	fieldCompat      = 9
	fieldValues      = 10
	fieldExtra       = 11
)

// The wire types of protobuf that events use.
const (
	wireVarint = 0
	wireBytes  = 2
)

// eventWriter writes events in protobuf's wire format, one after another. Going
// through the generated messages would cost three times as much: they must be
// filled, measured, written and cleared.
type eventWriter struct {
	buf []byte
	// start is where the body of the event at hand begins.
	start int
}

func (w *eventWriter) begin() { w.start = w.beginField(fieldEvents) }

func (w *eventWriter) finish() { w.end(w.start) }

// beginField starts a field whose length is not known yet and returns where its
// body begins. One byte is left for the length, which is nearly always enough.
func (w *eventWriter) beginField(field int) int {
	w.buf = append(w.buf, byte(field<<3|wireBytes), 0)
	return len(w.buf)
}

// end writes the length of the field that began at start.
func (w *eventWriter) end(start int) {
	size := len(w.buf) - start
	if size < 0x80 {
		w.buf[start-1] = byte(size)
		return
	}
	more := 0
	for rest := size >> 7; rest > 0; rest >>= 7 {
		w.buf = append(w.buf, 0)
		more++
	}
	copy(w.buf[start+more:], w.buf[start:start+size])
	at := start - 1
	for ; size >= 0x80; size >>= 7 {
		w.buf[at] = byte(size) | 0x80
		at++
	}
	w.buf[at] = byte(size)
}

// number writes a number, unless it is 0, which a reader takes it for anyway.
func (w *eventWriter) number(field int, n uint64) {
	if n != 0 {
		w.buf = append(w.buf, byte(field<<3|wireVarint))
		w.varint(n)
	}
}

func (w *eventWriter) varint(n uint64) {
	for n >= 0x80 {
		w.buf = append(w.buf, byte(n)|0x80)
		n >>= 7
	}
	w.buf = append(w.buf, byte(n))
}

func (w *eventWriter) extra(x *event.Extra) error {
	m := eventpb.Extra{MatchedPolicies: x.MatchedPolicies, StackAddresses: x.StackAddresses, Metadata: x.Metadata}
	body, err := m.MarshalVT()
	if err != nil {
		return fmt.Errorf("extra: %w", err)
	}
	start := w.beginField(fieldExtra)
	w.buf = append(w.buf, body...)
	w.end(start)
	return nil
}

// zigzag turns small negative numbers into small positive ones.
func zigzag(n int64) uint64 { return uint64(n<<1) ^ uint64(n>>63) }
