package replay

import (
	"fmt"
	"strconv"
	"time"

	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// shiftStep keeps start times, which are cut down to 10 ms, as they lay to
// each other.
const shiftStep = 10 * time.Millisecond

// shifter moves batches in time. Boots get new ids with it, made of when the
// replay began. Times that are arguments of decoded events stay as they were
// told; entity ids stay, too, so that processes are still the same ones to each
// other.
type shifter struct {
	by     int64
	suffix string

	decoder batch.Decoder
	encoder batch.Encoder
}

// set says that what happened first is to happen now.
func (s *shifter) set(now time.Time, first int64) {
	s.by = (now.UnixNano() - first) / int64(shiftStep) * int64(shiftStep)
	s.suffix = "+" + strconv.FormatInt(now.UnixNano(), 36)
}

// batch moves every time of a batch.
func (s *shifter) batch(b *eventpb.RawBatch) error {
	env := b.Envelope
	env.BootId += s.suffix
	for _, t := range []*int64{&env.BootTime, &env.MinTime, &env.MaxTime} {
		s.time(t)
	}
	for _, l := range env.Losses {
		s.time(&l.FirstTime)
		s.time(&l.LastTime)
	}
	if len(b.Events) == 0 {
		// With the boot time, those of records move, too.
		return nil
	}
	return s.events(b)
}

// time moves a time that is known.
func (s *shifter) time(t *int64) {
	if *t != 0 {
		*t += s.by
	}
}

// events moves decoded events and encodes them anew.
func (s *shifter) events(b *eventpb.RawBatch) error {
	decoded, err := s.decoder.Decode(b.Events)
	if err != nil {
		return fmt.Errorf("recording: move events in time: %w", err)
	}
	contexts := map[*event.Context]struct{}{}
	processes := map[*event.Process]struct{}{}
	for i := range decoded.Events {
		e := &decoded.Events[i]
		s.time(&e.Time)
		if _, done := contexts[e.Context]; done {
			continue
		}
		contexts[e.Context] = struct{}{}
		e.Context.BootID = b.Envelope.BootId
		s.time(&e.Context.ThreadStartTime)
		for p := e.Context.Process; p != nil; p = p.Parent {
			if _, done := processes[p]; done {
				break
			}
			processes[p] = struct{}{}
			s.time(&p.StartTime)
			s.time(&p.ExecTime)
		}
	}
	env := decoded.Envelope
	env.BootId = b.Envelope.BootId
	if b.Events, err = s.encoder.Encode(nil, env, decoded.Events); err != nil {
		return fmt.Errorf("recording: move events in time: %w", err)
	}
	return nil
}
