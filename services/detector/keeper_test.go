package detector

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/statepb"
)

// handed hands what one handler remembers to a new one.
func handed(t *testing.T, from stage.Handler, d *Detector) stage.Handler {
	t.Helper()
	saved, err := from.(*handler).Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	to, err := d.NewHandler(3)
	if err != nil {
		t.Fatal(err)
	}
	if err := to.(*handler).Restore(saved); err != nil {
		t.Fatal(err)
	}
	return to
}

// Whoever restores a checkpoint makes of all later messages what the one who
// made it would have made of them: counts go on, and so does what is missing.
func TestCheckpointGoesOn(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	d, whole, _ := start(t, goSet(numberingOpens()), stage.Settings{})
	parts, err := d.NewHandler(3)
	if err != nil {
		t.Fatal(err)
	}
	paths := strings.Fields("/a /b /c /d /e /f")
	handovers, incomplete := 0, 0
	for n := range 200 {
		var names []string
		for range 1 + random.IntN(4) {
			names = append(names, paths[random.IntN(len(paths))])
		}
		var losses []*eventpb.Loss
		if random.IntN(20) == 0 {
			losses = append(losses, &eventpb.Loss{Stage: "collector", Reason: "ring_full", Count: 3, FirstTime: now, LastTime: now + int64(time.Second)})
		}
		in := message(t, opens(names...), losses...)
		in.StreamSeq, in.Delivered = uint64(n+1), 1
		if random.IntN(3) == 0 {
			parts = handed(t, parts, d)
			handovers++
		}
		want, err := whole.Handle(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parts.Handle(t.Context(), in)
		if err != nil || len(got) != len(want) {
			t.Fatal(len(got), len(want), err)
		}
		for i, a := range decoded(t, want) {
			b := decoded(t, got)[i]
			if a.ID != b.ID || a.Finding.Evidence.Complete != b.Finding.Evidence.Complete ||
				counted(t, want)[i] != counted(t, got)[i] {
				t.Fatalf("message %d: %+v, want %+v", n, b, a)
			}
			if !a.Finding.Evidence.Complete {
				incomplete++
			}
		}
	}
	if handovers < 20 || incomplete == 0 {
		t.Errorf("%d hand-overs, %d findings with gaps: the test tests nothing", handovers, incomplete)
	}
	// Nothing remembered is nothing left.
	if err := parts.(*handler).Restore(nil); err != nil {
		t.Fatal(err)
	}
	first, err := parts.Handle(t.Context(), message(t, opens("/a")))
	if err != nil || counted(t, first)[0] != "|" {
		t.Errorf("after forgetting: %q, %v", counted(t, first), err)
	}
}

// Any bytes are a checkpoint, or an error that leaves nothing behind.
func FuzzRestore(f *testing.F) {
	d, h, _ := start(f, goSet(numberingOpens()), stage.Settings{})
	in := message(f, opens("/a", "/b"), &eventpb.Loss{Stage: "collector", Reason: "ring_full", Count: 3})
	if _, err := h.Handle(f.Context(), in); err != nil {
		f.Fatal(err)
	}
	saved, err := h.(*handler).Checkpoint()
	if err != nil {
		f.Fatal(err)
	}
	other, err := (&statepb.Detector{Version: 2}).MarshalVT()
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{saved, other, {}, []byte("x"), saved[:len(saved)/2], bytes.Repeat(saved, 2)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := d.NewHandler(1)
		if err != nil {
			t.Fatal(err)
		}
		keeper := h.(*handler)
		if err := keeper.Restore(data); err == nil {
			if _, err := keeper.Checkpoint(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := keeper.Handle(t.Context(), message(t, opens("/a"))); err != nil {
			t.Fatal(err)
		}
		keeper.use(nil)
	})
}
