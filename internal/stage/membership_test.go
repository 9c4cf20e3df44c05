package stage

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
)

// A right that is missing is told at once: no attempt would mend it.
func TestJoinDenied(t *testing.T) {
	_, user := bustest.Restricted(t, "$JS.API.INFO")
	conn := bustest.Dial(t, user)
	cfg := Config{Stage: "x", MemberTTL: 2 * time.Second}
	m := newMembership(conn, cfg, "me", slog.New(slog.DiscardHandler))
	began := time.Now()
	if err := m.join(t.Context()); !errors.Is(err, bus.ErrDenied) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > openWait/2 {
		t.Errorf("it took %s", took)
	}
}
