package stage

import (
	"context"
	"errors"
	"fmt"
)

// ErrNotOwner says that this instance does not own the partition that a
// question is about, or does not any more.
var ErrNotOwner = errors.New("not the owner of the partition")

// Answerer is a Handler that answers questions about what it remembers.
type Answerer interface {
	Handler
	// Answer is called between two messages, by the goroutine that calls Handle:
	// it must be quick. The answer must not share memory with the handler.
	Answer(ctx context.Context, question []byte) ([]byte, error)
}

// Ask puts a question to the handler of a partition. Its error is ErrNotOwner
// where another instance owns the partition by now.
type Ask func(ctx context.Context, question []byte) ([]byte, error)

type question struct {
	ctx   context.Context //nolint:containedctx // it travels with its question through a channel
	data  []byte
	reply chan<- answer
}

type answer struct {
	data []byte
	err  error
}

// asker returns the way to ask the partition while it is owned.
func (p *partition) asker(owned context.Context) Ask {
	return func(ctx context.Context, data []byte) ([]byte, error) {
		reply := make(chan answer, 1)
		select {
		case p.questions <- question{ctx, data, reply}:
		case <-owned.Done():
			return nil, ErrNotOwner
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		select {
		case a := <-reply:
			return a.data, a.err
		case <-owned.Done():
			return nil, ErrNotOwner
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// answer has the handler answer a question; a panic is that question's fault.
func (p *partition) answer(q question) {
	var a answer
	defer func() {
		if v := recover(); v != nil {
			a = answer{err: p.panicked(q.ctx, v)}
		}
		q.reply <- a
	}()
	answerer, ok := p.handler.(Answerer)
	if !ok {
		a.err = fmt.Errorf("stage %s answers no questions", p.r.cfg.Stage)
		return
	}
	a.data, a.err = answerer.Answer(q.ctx, q.data)
}
