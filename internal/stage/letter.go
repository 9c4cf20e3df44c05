package stage

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/schemas/ledger"
)

// Letter is a message of the dead-letter stream: what a stage gave up, and why.
type Letter struct {
	// Seq is its number in the dead-letter stream, Time when it was given up.
	Seq  uint64
	Time time.Time
	// Stage and Partition gave it up, for Reason, after so many Deliveries.
	Stage      string
	Partition  int
	Reason     string
	Deliveries uint64
	// Subject, Stream, StreamSeq and ID tell where the message was.
	Subject, Stream string
	StreamSeq       uint64
	ID              string
	// Omitted is the size of a payload that did not fit in, Encoding that of one
	// that could not be decoded.
	Omitted  int
	Encoding string
	// Message is the message itself.
	Message bus.Received
}

// ReadLetter reads a message of the dead-letter stream. It fails for what no
// stage has put there.
func ReadLetter(m bus.Received) (Letter, error) {
	l := Letter{
		Seq: m.StreamSeq, Time: m.Time, Reason: m.Header[HeaderReason], Subject: m.Header[HeaderSubject],
		Stream: m.Header[HeaderStream], ID: m.Header[HeaderID], Encoding: m.Header[HeaderEncoding], Message: m,
	}
	parts := strings.Split(m.Subject, ".")
	var errs [5]error
	if len(parts) == 4 {
		l.Stage, errs[0] = bus.FromToken(parts[2])
		l.Partition, errs[1] = strconv.Atoi(parts[3])
	}
	l.StreamSeq, errs[2] = strconv.ParseUint(m.Header[HeaderSeq], 10, 64)
	l.Deliveries, errs[3] = strconv.ParseUint(m.Header[HeaderDeliveries], 10, 64)
	if omitted := m.Header[HeaderOmitted]; omitted != "" {
		l.Omitted, errs[4] = strconv.Atoi(omitted)
	}
	if err := errors.Join(errs[:]...); err != nil || len(parts) != 4 || l.Stream == "" || l.Subject == "" {
		return Letter{}, fmt.Errorf("message %d of the dead letters is none: %w", m.StreamSeq,
			errors.Join(err, errors.New("no stage has put it there")))
	}
	return l, nil
}

// Redrive publishes the message of a letter once more where it was, and removes
// the letter when the broker has it. All stages that read there handle it then as
// a message that comes late. Doing so twice does no more.
func Redrive(ctx context.Context, conn *bus.Conn, l Letter) error {
	what := fmt.Sprintf("redrive dead letter %d", l.Seq)
	data, err := l.payload(ctx, conn)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	header := make(map[string]string, len(l.Message.Header))
	for name, value := range l.Message.Header {
		if !strings.HasPrefix(name, "Weir-Dlq-") {
			header[name] = value
		}
	}
	again := bus.Message{
		Subject: bus.Republished(l.Subject), Data: data, ContentType: l.Message.ContentType, Header: header,
		// The broker may still know the message's own id.
		ID: ledger.RedrivenID(l.ID, l.Seq),
	}
	if err := conn.Publish(ctx, again); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := conn.Remove(ctx, bus.StreamDLQ, l.Seq); err != nil {
		return fmt.Errorf("%s: it was published, but the letter is still there: %w", what, err)
	}
	return nil
}

// payload returns what the message held.
func (l *Letter) payload(ctx context.Context, conn *bus.Conn) ([]byte, error) {
	switch {
	case l.Encoding != "":
		return nil, fmt.Errorf("its payload is encoded as %q and could not be decoded: nobody could read it", l.Encoding)
	case l.Omitted == 0:
		return l.Message.Data, nil
	}
	m, err := conn.Stored(ctx, l.Stream, l.StreamSeq)
	if err != nil {
		return nil, fmt.Errorf("its payload of %d bytes did not fit into the letter and is not in %s any more: %w", l.Omitted, l.Stream, err)
	}
	if m.Subject != l.Subject || m.ID != l.ID {
		return nil, fmt.Errorf("message %d of %s is another one by now", l.StreamSeq, l.Stream)
	}
	return m.Data, nil
}
