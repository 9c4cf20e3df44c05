package stage

import (
	"context"
	"log/slog"
)

// Reminder is a Handler that numbers what it publishes, so that whoever reads it
// knows what is missing before a message. Nobody knows of what nothing follows:
// then it reminds.
type Reminder interface {
	Handler
	// Remind returns messages that tell how far the numbers have come, where the
	// stream that the stage writes to may have given up what told it last. The
	// stream has the messages from first to last. It is called now and then, between
	// two messages, by the goroutine that calls Handle, when all outputs are in the
	// stream.
	Remind(first, last uint64) []Output
}

// remind publishes what the handler reminds of. Its state is that of messages
// whose outputs are in the stream: also an instance that lost the partition
// tells nothing that is wrong.
func (p *partition) remind(ctx context.Context) {
	reminder, ok := p.handler.(Reminder)
	if !ok || p.ahead || p.done == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	err := p.remindOf(ctx, reminder)
	if err != nil && !over(ctx) && !p.mute {
		p.mute = true
		p.logger.WarnContext(ctx, "cannot tell again what a stream has given up at its end: it will not be known as missing",
			slog.Any("error", err))
	}
}

func (p *partition) remindOf(ctx context.Context, reminder Reminder) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = p.panicked(ctx, v)
		}
	}()
	asking, judge := p.r.conn.Asking(ctx, "$JS.API.STREAM.INFO."+p.r.cfg.Output)
	stream, err := p.r.conn.JetStream().Stream(asking, p.r.cfg.Output)
	if err = judge(err); err != nil {
		return err
	}
	state := stream.CachedInfo().State
	if err := p.publish(ctx, reminder.Remind(state.FirstSeq, state.LastSeq)); err != nil {
		return err
	}
	p.mute = false
	return nil
}
