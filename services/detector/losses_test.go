package detector

import (
	"testing"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/finding"
)

// lost is a loss of n events, from and to seconds after now.
func lost(reason string, n uint64, from, to int64) *eventpb.Loss {
	return &eventpb.Loss{
		Stage: "collector", Reason: reason, Event: "openat", Count: n,
		FirstTime: now + from*second, LastTime: now + to*second,
	}
}

func TestEvidence(t *testing.T) {
	_, h, _ := start(t, regoSet(t, "A"), stage.Settings{})
	handle := func(at int64, losses ...*eventpb.Loss) finding.Evidence {
		t.Helper()
		events := opens("/etc/passwd")
		events[0].Time = now + at*second
		outputs, err := h.Handle(t.Context(), message(t, events, losses...))
		if err != nil || len(outputs) != 1 {
			t.Fatal(len(outputs), err)
		}
		return decoded(t, outputs)[0].Finding.Evidence
	}
	if e := handle(0); !e.Complete || len(e.Lost) != 0 {
		t.Errorf("nothing is lost: %+v", e)
	}
	first := lost("ring_full", 3, 0, 1)
	for range 2 {
		if e := handle(1, first); e.Complete || len(e.Lost) != 1 || e.Lost[0].Count != 3 {
			t.Errorf("a loss in the batch, which comes twice: %+v", e)
		}
	}
	if e := handle(5, lost("ring_full", 4, 2, 5), lost("fault", 1, 5, 5)); len(e.Lost) != 2 || e.Lost[0].Reason != "fault" ||
		e.Lost[1].Count != 7 || e.Lost[1].FirstTime != now || e.Lost[1].LastTime != now+5*second {
		t.Errorf("losses of one kind are added up: %+v", e)
	}
	if e := handle(11); e.Complete || len(e.Lost) != 2 {
		t.Errorf("losses of the last ten seconds: %+v", e)
	}
	if e := handle(16); !e.Complete {
		t.Errorf("losses long ago: %+v", e)
	}
	if e := handle(20, &eventpb.Loss{Stage: "enricher", Reason: "decode", Count: 1}); e.Complete {
		t.Errorf("a loss without a time: %+v", e)
	}
	if e := handle(60); !e.Complete {
		t.Errorf("much later: %+v", e)
	}
	if n := h.(*handler).losses.Nodes(); n != 0 {
		t.Errorf("%d nodes are remembered without need", n)
	}
}
