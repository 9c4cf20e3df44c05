package bus

import (
	"fmt"
	"strings"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	headerEncoding = "Content-Encoding"
	headerType     = "Content-Type"
	encodingS2     = "s2"
	// minCompressed is the size from which compressing pays.
	minCompressed = 1024
	// maxPayload bounds what a compressed message may become: whoever may
	// publish must not be able to make readers allocate at will.
	maxPayload = 16 << 20
)

// Receive reads a message of a stream: its metadata, its headers and its
// payload, decompressed. Where only the payload cannot be read, the rest is
// returned beside the error.
func Receive(m jetstream.Msg) (Received, error) {
	meta, err := m.Metadata()
	if err != nil {
		return Received{}, fmt.Errorf("read metadata of message on %q: %w", m.Subject(), err)
	}
	return receive(m.Headers(), Received{
		Subject: m.Subject(), StreamSeq: meta.Sequence.Stream, Delivered: meta.NumDelivered,
		Time: meta.Timestamp, Data: m.Data(),
	})
}

// ReceiveStored reads a message as it is stored, which was not delivered by a
// consumer.
func ReceiveStored(m *jetstream.RawStreamMsg) (Received, error) {
	return receive(m.Header, Received{Subject: m.Subject, StreamSeq: m.Sequence, Time: m.Time, Data: m.Data})
}

// receive fills in what the headers say.
func receive(head nats.Header, r Received) (Received, error) {
	r.ID, r.ContentType, r.Header = head.Get(jetstream.MsgIDHeader), head.Get(headerType), ownHeaders(head)
	data, err := expand(head.Get(headerEncoding), r.Data)
	if err != nil {
		r.Encoding = head.Get(headerEncoding)
		return r, fmt.Errorf("read message %d on %q: %w", r.StreamSeq, r.Subject, err)
	}
	r.Data = data
	return r, nil
}

// ownHeaders returns the headers without the broker's and the encoding's.
func ownHeaders(head nats.Header) map[string]string {
	var own map[string]string
	for name, values := range head {
		if reserved(name) || len(values) == 0 {
			continue
		}
		if own == nil {
			own = make(map[string]string, len(head))
		}
		own[name] = values[0]
	}
	return own
}

func reserved(name string) bool {
	return strings.HasPrefix(name, "Nats-") || name == headerEncoding || name == headerType
}

// expand undoes the encoding of a payload.
func expand(encoding string, data []byte) ([]byte, error) {
	switch encoding {
	case "", "identity":
		return data, nil
	case encodingS2:
	default:
		return nil, fmt.Errorf("unknown content encoding %q", encoding)
	}
	size, err := s2.DecodedLen(data)
	if err != nil {
		return nil, fmt.Errorf("read s2 payload: %w", err)
	}
	if size > maxPayload {
		return nil, fmt.Errorf("s2 payload expands to %d bytes, more than %d", size, maxPayload)
	}
	out, err := s2.Decode(make([]byte, size), data)
	if err != nil {
		return nil, fmt.Errorf("read s2 payload: %w", err)
	}
	return out, nil
}
