package detector

import (
	"errors"
	"fmt"
	"testing"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/signatures/sdk"
)

// checkQuarantine wants exactly one detection that tells of the quarantine.
func checkQuarantine(t *testing.T, all []finding.Detection, signature, reason string, count int) {
	t.Helper()
	told := 0
	for _, d := range all {
		f := d.Finding
		if f.Signature.ID != engine.QuarantineID {
			continue
		}
		told++
		data, ok := f.Data.(map[string]any)
		if !ok || data["signature"] != signature || data["reason"] != reason || data["count"] != float64(count) ||
			data["version"] != "1" || data["detail"] == "" {
			t.Errorf("data %v", f.Data)
		}
		if f.Signature.Severity != finding.SeverityLow || f.Signature.EventName != "signature_quarantined" ||
			len(f.Events) != 1 || len(f.Event) == 0 || f.Process == nil {
			t.Errorf("finding %+v", f)
		}
	}
	if told != 1 {
		t.Errorf("told %d times of a quarantine", told)
	}
}

// A swap keeps the quarantine of a signature that is the same, and lifts that
// of a new version.
func TestQuarantineOverSwaps(t *testing.T) {
	wild := versioned{goSignature{"wild", func(*sdk.Context, *event.Event) error { panic("surprise") }}, "1"}
	d, h, _ := start(t, goSet(wild), stage.Settings{})
	handle := func() []finding.Detection {
		t.Helper()
		outputs, err := h.Handle(t.Context(), message(t, opens("1", "2")))
		if err != nil {
			t.Fatal(err)
		}
		return decoded(t, outputs)
	}
	if all := handle(); len(all) != 0 {
		t.Fatalf("%d detections after two strikes", len(all))
	}
	// The third strike comes after the swap.
	d.Swap(goSet(wild))
	checkQuarantine(t, handle(), "wild", "panic", 3)
	d.Swap(goSet(wild, goSignature{"other", func(*sdk.Context, *event.Event) error { return nil }}))
	if all := handle(); len(all) != 0 || !d.Set().Signatures()[1].Quarantined() {
		t.Errorf("the quarantine ended: %d detections", len(all))
	}
	wild.version = "2"
	d.Swap(goSet(wild))
	if all := handle(); len(all) != 0 || d.Set().Signatures()[0].Quarantined() {
		t.Errorf("a new version is in quarantine, or struck out after two strikes: %d detections", len(all))
	}
	if stats := d.Set().Stats()[0]; stats.Errors != 2 {
		t.Errorf("stats %+v", stats)
	}
}

// Health names who is in quarantine, a few of many, until another version is
// there.
func TestTrouble(t *testing.T) {
	var list []sdk.Signature
	for i := range maxNamed + 2 {
		list = append(list, goSignature{fmt.Sprint("S", i), func(*sdk.Context, *event.Event) error { panic("surprise") }})
	}
	d, h, _ := start(t, goSet(list...), stage.Settings{})
	if text := d.Trouble(); text != "" {
		t.Errorf("before any event: %s", text)
	}
	if _, err := h.Handle(t.Context(), message(t, opens("1", "2", "3"))); err != nil {
		t.Fatal(err)
	}
	if text, want := d.Trouble(), "not evaluated any more: S0 (panic), S1 (panic), S2 (panic), S3 (panic), S4 (panic) and 2 more"; text != want {
		t.Errorf("got %q, want %q", text, want)
	}
	d.Swap(goSet(versioned{goSignature{"S0", func(*sdk.Context, *event.Event) error { return nil }}, "2"}))
	if text := d.Trouble(); text != "" {
		t.Errorf("with another version: %s", text)
	}
}

// versioned is a signature with a version to choose.
type versioned struct {
	goSignature
	version string
}

func (v versioned) Metadata() sdk.Metadata { return sdk.Metadata{ID: v.id, Version: v.version} }

// A signature that fails on nearly everything is taken out after a while, one
// that fails now and then is not.
func TestErrorRateOverBatches(t *testing.T) {
	n := 0
	often := goSignature{"often", func(*sdk.Context, *event.Event) error { return errors.New("no luck") }}
	rarely := goSignature{"rarely", func(*sdk.Context, *event.Event) error {
		if n++; n%2 == 0 {
			return errors.New("no luck")
		}
		return nil
	}}
	set := engine.NewSet([]engine.Program{golang.New(often), golang.New(rarely)},
		engine.Limits{ErrorShare: 0.75, ErrorMinimum: 20, ErrorWindow: 40})
	_, h, _ := start(t, set, stage.Settings{})
	var all []finding.Detection
	for range 20 {
		outputs, err := h.Handle(t.Context(), message(t, opens("1", "2", "3", "4", "5")))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, decoded(t, outputs)...)
	}
	checkQuarantine(t, all, "often", "error_rate", 20)
}
