package recorder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/frames"
	"github.com/weirsec/weir/schemas/record"
)

// stageName is whose losses those are that the recorder makes itself.
const stageName = "recorder"

// Recorder writes a recording. It may be used by several goroutines.
type Recorder struct {
	cfg  Config
	only map[string]bool

	mu      sync.Mutex
	to      *frames.Writer
	decoder batch.Decoder
	encoder batch.Encoder
	ledger  Ledger
	// counted are the events that Count is about; over says that there is
	// enough, and full that it was the size that ended it.
	counted    uint64
	over, full bool
	err        error
	// rest are the losses of each boot that came after the end.
	rest map[bootKey]*eventpb.Envelope
}

type bootKey struct{ node, boot string }

// New returns a Recorder that writes to w, which the caller flushes and closes.
func New(w io.Writer, cfg Config) (*Recorder, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	r := &Recorder{cfg: cfg, to: frames.NewWriter(w, cfg.Magic, maxMessage), rest: map[bootKey]*eventpb.Envelope{}}
	r.ledger.Bytes = int64(len(cfg.Magic))
	if len(cfg.Only) > 0 {
		r.only = map[string]bool{}
		for _, name := range cfg.Only {
			r.only[name] = true
		}
	}
	return r, r.to.Begin()
}

// Publish records a message as a collector or an enricher publishes it.
func (r *Recorder) Publish(_ context.Context, m stage.Output) error {
	return r.Take(m.Data, m.Header["Weir-Part"])
}

// Take records a message that was received, with its header Weir-Part. Where an
// enricher made several of one, only the first tells of losses that count. What
// cannot be read is a loss. An error is that of a write; nothing is recorded
// after it.
func (r *Recorder) Take(data []byte, part string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.over
	var err error
	if r.cfg.Magic == frames.Raw {
		err = r.takeRaw(data)
	} else {
		err = r.takeEvents(data, part == "" || strings.HasPrefix(part, "0/"))
	}
	if err != nil && r.err == nil {
		// How many events it had, if any, nobody can tell.
		r.ledger.lose(&eventpb.Loss{Stage: stageName, Reason: "unreadable", Count: 1})
	}
	if r.over && !before {
		r.cfg.Enough()
	}
	return r.err
}

// Ledger returns the account so far.
func (r *Recorder) Ledger() Ledger {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.ledger
	l.Lost = merge(nil, l.Lost)
	return l
}

// Close writes the account of what came after the end. It returns the first
// error that there was.
func (r *Recorder) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	for _, env := range r.rest {
		data, err := r.account(env)
		if err == nil && r.err == nil {
			err = r.to.Write(data)
			r.wrote(len(data), 0)
		}
		if err != nil {
			return errors.Join(r.err, err)
		}
	}
	r.rest = nil
	return r.err
}

// account is the message of losses alone.
func (r *Recorder) account(env *eventpb.Envelope) ([]byte, error) {
	if r.cfg.Magic == frames.Events {
		return r.encoder.Encode(nil, env, nil)
	}
	env.Schema, env.Count = record.Schema, 0
	return record.Marshal(env, nil)
}

// write writes a message of so many events, unless it does not fit any more.
func (r *Recorder) write(env *eventpb.Envelope, message []byte, events int) error {
	size := int64(len(message) + frames.Overhead)
	if r.ledger.Bytes+size > r.cfg.MaxBytes-reserve || len(message) > maxMessage {
		r.over, r.full = true, true
		r.leave(env, uint64(events))
		return nil
	}
	if err := r.to.Write(message); err != nil {
		r.over, r.err = true, fmt.Errorf("write the recording: %w", err)
		return r.err
	}
	r.wrote(len(message), uint64(events))
	return nil
}

func (r *Recorder) wrote(size int, events uint64) {
	r.ledger.Bytes += int64(size + frames.Overhead)
	r.ledger.Batches++
	r.ledger.Events += events
}

// leave notes a batch that is not recorded: for want of room, which is a loss,
// or because there is enough, which is none. What it tells of losses stays.
func (r *Recorder) leave(env *eventpb.Envelope, events uint64) {
	losses := env.Losses
	switch {
	case events == 0:
	case r.full:
		lost := &eventpb.Loss{
			Stage: stageName, Reason: "size_limit", Count: events, FirstTime: env.MinTime, LastTime: env.MaxTime,
		}
		r.ledger.lose(lost)
		losses = append(slices.Clip(losses), lost)
	default:
		r.ledger.Late += events
	}
	if len(losses) == 0 {
		return
	}
	key := bootKey{strings.Clone(env.Node), strings.Clone(env.BootId)}
	have := r.rest[key]
	if have == nil {
		have = &eventpb.Envelope{
			Node: key.node, BootId: key.boot, FirstSeq: env.FirstSeq, BootTime: env.BootTime,
			MinTime: env.MinTime, MaxTime: env.MaxTime,
		}
		r.rest[key] = have
	}
	have.Losses = merge(have.Losses, losses)
	have.MaxTime = max(have.MaxTime, env.MaxTime)
}

// counts reports whether an event is one of those that Config.Count is about.
func counts(name string) bool { return !strings.HasPrefix(name, "existing_") }

// enough reports whether there is enough without an event, and counts it if not.
func (r *Recorder) enough(name string) bool {
	if r.over {
		return true
	}
	if counts(name) {
		r.counted++
		r.over = r.counted == r.cfg.Count
	}
	return false
}

// wanted reports whether events of that name are asked for.
func (r *Recorder) wanted(name string) bool {
	if r.only == nil || r.only[name] {
		return true
	}
	e := catalogue.ByName(name)
	return e != nil && e.Type.Priority()
}
