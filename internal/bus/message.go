package bus

import "time"

// Message is what Weir publishes.
type Message struct {
	Subject string
	// ID makes publishing it twice harmless; never empty.
	ID string
	// Data is the payload, not compressed. It must not change once handed over.
	Data []byte
	// ContentType is written as a header where it is not empty.
	ContentType string
	// Plain keeps the payload uncompressed whatever its size, for subscribers
	// that are not Weir's own.
	Plain bool
	// Header holds routing facts that consumers read without decoding. Names
	// that start with "Nats-" belong to the broker and are refused.
	Header map[string]string
	// After, where it is set, is the place in the stream of the message that must
	// be the last one of the subject, 0 for none; otherwise the broker refuses
	// with ErrOutOfStep. It makes sure of what message ids cannot when it is
	// long ago that the broker may have had the message.
	After *uint64
}

// Received is a message read from a stream.
type Received struct {
	// Subject is where the message is stored, after the broker's transforms.
	Subject string
	// ID is the publisher's message id, "" where it gave none.
	ID string
	// StreamSeq is the message's place in its stream, from 1.
	StreamSeq uint64
	// Delivered counts the deliveries to the consumer, from 1.
	Delivered uint64
	// Time is when the broker stored the message.
	Time time.Time
	// ContentType and Header are as the publisher gave them.
	ContentType string
	Header      map[string]string
	// Data is the payload, decompressed; the receiver owns it.
	Data []byte
	// Encoding is "", or how Data is encoded because it could not be decoded.
	Encoding string
}
