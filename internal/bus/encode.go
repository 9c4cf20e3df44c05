package bus

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// encode makes the broker's message of m. The returned buffer is what its
// payload lies in where it was compressed: to be given to release once the
// broker has acknowledged.
func (c *Conn) encode(m *Message) (*nats.Msg, *[]byte, error) {
	if err := checkMessage(m); err != nil {
		return nil, nil, err
	}
	head := make(nats.Header, len(m.Header)+3)
	for name, value := range m.Header {
		head[name] = []string{value}
	}
	head[jetstream.MsgIDHeader] = []string{m.ID}
	if m.After != nil {
		head[jetstream.ExpectedLastSubjSeqHeader] = []string{strconv.FormatUint(*m.After, 10)}
	}
	if m.ContentType != "" {
		head[headerType] = []string{m.ContentType}
	}
	out := &nats.Msg{Subject: m.Subject, Header: head, Data: m.Data}
	if m.Plain || len(m.Data) < minCompressed {
		return out, nil, nil
	}
	buffer := c.buffer(s2.MaxEncodedLen(len(m.Data)))
	packed := s2.Encode(*buffer, m.Data)
	if len(packed) >= len(m.Data) {
		c.release(buffer)
		return out, nil, nil
	}
	head[headerEncoding] = []string{encodingS2}
	out.Data = packed
	return out, buffer, nil
}

func checkMessage(m *Message) error {
	if m.ID == "" || strings.ContainsAny(m.ID, "\r\n") {
		return fmt.Errorf("publish on %q: %w: message id %q", m.Subject, ErrInvalid, m.ID)
	}
	if !literal(m.Subject) {
		return fmt.Errorf("publish: %w: subject %q", ErrInvalid, m.Subject)
	}
	if len(m.Data) > maxPayload {
		return fmt.Errorf("publish on %q: %w: %d bytes", m.Subject, ErrTooLarge, len(m.Data))
	}
	if strings.ContainsAny(m.ContentType, "\r\n") {
		return fmt.Errorf("publish on %q: %w: content type %q", m.Subject, ErrInvalid, m.ContentType)
	}
	for name, value := range m.Header {
		if name == "" || reserved(name) || strings.ContainsAny(name, ": \r\n") || strings.ContainsAny(value, "\r\n") {
			return fmt.Errorf("publish on %q: %w: header %q: %q", m.Subject, ErrInvalid, name, value)
		}
	}
	return nil
}

// buffer returns a buffer of that length from those that were released.
func (c *Conn) buffer(size int) *[]byte {
	b, ok := c.buffers.Get().(*[]byte)
	if !ok {
		b = new([]byte)
	}
	if cap(*b) < size {
		*b = make([]byte, size)
	}
	*b = (*b)[:size]
	return b
}

func (c *Conn) release(b *[]byte) {
	if b != nil {
		c.buffers.Put(b)
	}
}
