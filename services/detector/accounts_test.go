package detector

import (
	"testing"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// numbered is a message of events whose writer numbers them.
func numbered(t *testing.T, seq, run, before uint64, events []event.Event) stage.Message {
	t.Helper()
	var encoder batch.Encoder
	data, err := encoder.Encode(nil, &eventpb.Envelope{
		Node: "n1", BootId: "b", FirstSeq: 1, Run: run, EventsBefore: before, MinTime: now, MaxTime: now,
	}, events)
	if err != nil {
		t.Fatal(err)
	}
	return stage.Message{StreamSeq: seq, Delivered: 1, Data: data}
}

// Events that the stream lost before they were read are counted, and findings
// around them know that their evidence is incomplete.
func TestMissingEvents(t *testing.T) {
	_, h, _ := start(t, goSet(numberingOpens()), stage.Settings{})
	var complete []bool
	for _, in := range []stage.Message{
		numbered(t, 1, 7, 0, opens("/a", "/b")),
		numbered(t, 2, 7, 2, opens("/a")),
		numbered(t, 5, 7, 13, opens("/a")), // 10 are missing
		numbered(t, 6, 7, 14, opens("/a")),
	} {
		for range 2 { // each comes again
			outputs, err := h.Handle(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			if in.Delivered++; in.Delivered == 2 {
				for _, d := range decoded(t, outputs) {
					complete = append(complete, d.Finding.Evidence.Complete)
					if lost := d.Finding.Evidence.Lost; len(lost) > 0 && (lost[0].Stage != "bus" || lost[0].Count != 10) {
						t.Errorf("lost %+v", lost)
					}
				}
			}
		}
	}
	want := []bool{true, true, true, false, false}
	for i := range want {
		if complete[i] != want[i] {
			t.Errorf("evidence is complete: %v, want %v", complete, want)
		}
	}
	accounts, _ := h.(*handler).Accounts()
	if a := accounts[0]; a.Node != "n1" || a.Read != 5 || a.Missing != 10 || a.Published != 5 || a.Detections != 5 || a.Unexplained() != 0 {
		t.Errorf("account %+v", a)
	}
}
