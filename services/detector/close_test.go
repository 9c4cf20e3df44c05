package detector

import (
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// visiting is a signature that each partition has one of its own of; it counts
// how many there were, and how many were closed.
type visiting struct {
	versioned
	made, closed *int
}

func (v visiting) NewInstance(*sdk.Context) (sdk.Signature, error) {
	*v.made++
	return guest{v.versioned, v.closed}, nil
}

// guest is one of them.
type guest struct {
	versioned
	closed *int
}

// Close panics after it has counted, which must not keep others open.
func (g guest) Close() {
	*g.closed++
	panic("no thanks")
}

// Signatures end when a partition gets another set, and with the detector.
func TestSignaturesAreClosed(t *testing.T) {
	made, closed := 0, 0
	set := func(version string) sdk.Signature {
		match := func(*sdk.Context, *event.Event) error { return nil }
		return visiting{versioned{goSignature{"visiting", match}, version}, &made, &closed}
	}
	d, handler, log := start(t, goSet(set("1")), stage.Settings{})
	handle := func() {
		t.Helper()
		if _, err := handler.Handle(t.Context(), message(t, opens("/etc/passwd"))); err != nil {
			t.Fatal(err)
		}
	}
	handle()
	d.Swap(goSet(set("2")))
	if made != 1 || closed != 0 {
		t.Errorf("%d made, %d closed before the next batch", made, closed)
	}
	handle()
	if made != 2 || closed != 1 {
		t.Errorf("%d made, %d closed after it", made, closed)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil || closed != 2 {
		t.Errorf("%d closed at the end, %v", closed, err)
	}
	if !strings.Contains(log.String(), "no thanks") || !strings.Contains(log.String(), "visiting") {
		t.Errorf("the log says\n%s", log.String())
	}
}
