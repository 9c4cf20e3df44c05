package collector

import (
	"context"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/record"
)

// A node that falls silent says so, less and less often, and once more when it
// ends; each time by another name.
func TestSilence(t *testing.T) {
	to := new(broker)
	cfg := config()
	cfg.Heartbeat, cfg.BatchAge = 20*time.Millisecond, time.Millisecond
	const events = 2
	err := run(t.Context(), t, cfg, to, func(_ context.Context, sink Sink) error {
		sink.Idle() // Nothing was told yet: there is nothing to wait for.
		for range events {
			since, err := sinceBoot()
			if err != nil {
				return err
			}
			sink.Record(rec(catalogue.Openat, uint64(since)))
			for wanted, begun := len(to.all(t))+4, time.Now(); len(to.all(t)) < wanted && time.Since(begun) < 20*time.Second; {
				sink.Idle()
				time.Sleep(time.Millisecond)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	ids, seqs := map[string]bool{}, map[uint64]bool{}
	n := 0 // of silences since the last event
	for _, m := range to.messages {
		ids[m.ID] = true
	}
	list, last := to.all(t), int64(0)
	for i, b := range list {
		env := b.Envelope
		if seqs[env.FirstSeq] {
			t.Errorf("number %d is there twice", env.FirstSeq)
		}
		seqs[env.FirstSeq] = true
		if env.Count > 0 {
			last, n = env.MaxTime, 0
			continue
		}
		if i == 0 || len(b.Records) > 0 || env.Node != "n" || env.BootTime == 0 || len(env.Stamps) != 1 || env.MinTime != last {
			t.Errorf("batch %d: %v", i, b)
		}
		least := int64(20<<(n+1) - 20) // 20, 60 and 140 ms after the event
		if i == len(list)-1 {
			least = record.MaxHold.Milliseconds()
		}
		if since := (env.MaxTime - last) / int64(time.Millisecond); since < least {
			t.Errorf("silence %d came after %d ms, want at least %d", n, since, least)
		}
		n++
	}
	total := uint64(0)
	for i, b := range list {
		env := b.Envelope
		if env.Run == 0 || env.RunTime == 0 || env.EventsBefore != total {
			t.Errorf("batch %d: run %d since %d, %d events before, not %d", i, env.Run, env.RunTime, env.EventsBefore, total)
		}
		total += uint64(env.Count)
	}
	if len(list) < 4*events+1 || len(ids) != len(list) {
		t.Fatalf("%d batches with %d names", len(list), len(ids))
	}
}

// Beats become rare after about a minute: everybody has heard by then.
func TestHeartbeatsBecomeRare(t *testing.T) {
	h := heartbeat{first: time.Second}
	now := time.Unix(1000, 0)
	if h.beat(now) {
		t.Error("a beat before any event")
	}
	h.events(now, 5)
	var beats []int
	for i := range 2000 {
		if h.beat(now.Add(time.Duration(i) * time.Second)) {
			beats = append(beats, i)
		}
	}
	if len(beats) != 9 || beats[0] != 1 || beats[5] != 63 || beats[6] != 663 || beats[8] != 1863 {
		t.Errorf("beats after %v s", beats)
	}
	if beats[5] < int(record.MaxHold.Seconds()) {
		t.Error("who holds events for as long as allowed does not hear of it")
	}
}
