package stage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/weirsec/weir/internal/bus"
)

// Headers of a dead letter, beside those that the message had itself.
const (
	// HeaderReason says why the message was given up.
	HeaderReason = "Weir-Dlq-Reason"
	// HeaderSubject, HeaderStream, HeaderSeq and HeaderID tell where the message
	// was: its subject, stream, stream sequence and message id.
	HeaderSubject = "Weir-Dlq-Subject"
	HeaderStream  = "Weir-Dlq-Stream"
	HeaderSeq     = "Weir-Dlq-Seq"
	HeaderID      = "Weir-Dlq-Id"
	// HeaderDeliveries counts how often it had been delivered.
	HeaderDeliveries = "Weir-Dlq-Deliveries"
	// HeaderEncoding is set where the payload is still encoded because it could
	// not be decoded.
	HeaderEncoding = "Weir-Dlq-Encoding"
	// HeaderOmitted is the size of a payload that did not fit in; the message
	// itself stays in its stream until that evicts it.
	HeaderOmitted = "Weir-Dlq-Omitted"
)

const (
	maxReason   = 512
	reportEvery = 10 * time.Second
)

// deadLetter puts the message where operators find it and acknowledges it. As
// long as that fails the message stays where it is.
func (p *partition) deadLetter(ctx context.Context, m jetstream.Msg, msg bus.Received, why error) {
	letter := p.letter(msg, why)
	err := p.r.conn.Publish(ctx, letter)
	if errors.Is(err, bus.ErrTooLarge) {
		letter.Header[HeaderOmitted] = strconv.Itoa(len(letter.Data))
		letter.Data = nil
		err = p.r.conn.Publish(ctx, letter)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		p.handBack(ctx, m)
		return
	case err != nil:
		p.retry(ctx, m, p.r.cfg.MaxBackoff, fmt.Errorf("give message up (%w): %w", why, err))
		return
	}
	p.finish(msg.StreamSeq)
	// What did harm once must not be handled again by the next owner.
	p.hurried = true
	p.ack(ctx, m, p.r.metrics.deadLettered)
	if now := time.Now(); now.Sub(p.reported) > reportEvery {
		p.reported = now
		p.logger.WarnContext(ctx, "message given up, it is in the dead-letter stream", slog.Any("reason", why),
			slog.Uint64("seq", msg.StreamSeq), slog.String("subject", msg.Subject))
	}
}

func (p *partition) letter(msg bus.Received, why error) bus.Message {
	header := maps.Clone(msg.Header)
	if header == nil {
		header = map[string]string{}
	}
	maps.DeleteFunc(header, func(name, _ string) bool { return strings.HasPrefix(name, "Weir-Dlq-") })
	seq := strconv.FormatUint(msg.StreamSeq, 10)
	header[HeaderReason] = printable(why.Error())
	header[HeaderSubject] = printable(msg.Subject)
	header[HeaderStream] = p.r.cfg.Stream
	header[HeaderSeq] = seq
	header[HeaderID] = printable(msg.ID)
	header[HeaderDeliveries] = strconv.FormatUint(msg.Delivered, 10)
	if msg.Encoding != "" {
		header[HeaderEncoding] = printable(msg.Encoding)
	}
	return bus.Message{
		Subject: bus.DLQSubject(p.r.cfg.Stage, p.number),
		// The time tells streams of the same name apart.
		ID: strings.Join([]string{
			"dlq", p.r.cfg.Stage, p.r.cfg.Stream, seq, strconv.FormatInt(msg.Time.UnixNano(), 36),
		}, "/"),
		Data: msg.Data, ContentType: msg.ContentType, Header: header,
	}
}

// printable makes one line of a text that may hold anything.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "")
	}
	return text
}
