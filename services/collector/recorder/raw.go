package recorder

import (
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

// takeRaw records a raw batch: as it is where all of it is wanted, and otherwise
// as one batch for each run of records that are, since the numbers of a batch's
// events follow one another.
func (r *Recorder) takeRaw(data []byte) error {
	b, err := record.Unmarshal(data)
	if err != nil {
		return err
	}
	env := b.Envelope
	r.ledger.lose(env.Losses...)
	if b.Envelope.Schema == record.SchemaEvents {
		return r.takePacked(b)
	}
	if r.over {
		r.leave(env, uint64(env.Count))
		return nil
	}
	if env.Count == 0 {
		return r.write(env, data, 0)
	}
	runs, left, err := r.runs(b)
	if err != nil {
		return err
	}
	if len(runs) == 1 && len(runs[0].Records) == len(b.Records) {
		return r.write(env, data, int(env.Count))
	}
	for i, run := range runs {
		if i > 0 {
			run.Envelope.Losses = nil
		}
		message, err := run.MarshalVT()
		if err != nil {
			return err
		}
		if err := r.write(run.Envelope, message, int(run.Envelope.Count)); err != nil {
			return err
		}
	}
	// Its number must be one that no recorded batch has.
	rest := part(env, env.FirstSeq)
	if len(runs) > 0 {
		rest = part(env, env.FirstSeq+uint64(env.Count)-left)
		rest.Losses = nil
	}
	r.leave(rest, left)
	return nil
}

// runs returns the wanted records of a batch by runs, and how many came after
// there was enough.
func (r *Recorder) runs(b *eventpb.RawBatch) (runs []*eventpb.RawBatch, left uint64, err error) {
	seq := b.Envelope.FirstSeq
	var run *eventpb.RawBatch
	for rec, err := range record.Records(b.Records) {
		if err != nil {
			return nil, 0, err
		}
		typ, at, err := record.Peek(rec)
		if err != nil {
			return nil, 0, err
		}
		switch name := typ.String(); {
		case !r.wanted(name):
			r.ledger.Unwanted++
			run = nil
		case r.enough(name):
			left++
			run = nil
		default:
			if run == nil {
				run = &eventpb.RawBatch{Envelope: part(b.Envelope, seq)}
				runs = append(runs, run)
			}
			add(run, rec, b.Envelope.BootTime+int64(at))
		}
		seq++
	}
	return runs, left, nil
}

// part returns an envelope for a part of a batch, from a number on.
func part(env *eventpb.Envelope, first uint64) *eventpb.Envelope {
	return &eventpb.Envelope{
		Node: env.Node, BootId: env.BootId, FirstSeq: first, Schema: env.Schema, BootTime: env.BootTime,
		MinTime: env.MinTime, MaxTime: env.MaxTime, Stamps: env.Stamps, Losses: env.Losses,
	}
}

// add appends a record to a run.
func add(run *eventpb.RawBatch, rec []byte, at int64) {
	env := run.Envelope
	if env.Count == 0 {
		env.MinTime, env.MaxTime = at, at
	}
	env.MinTime, env.MaxTime = min(env.MinTime, at), max(env.MaxTime, at)
	env.Count++
	run.Records = append(run.Records, rec...)
}
