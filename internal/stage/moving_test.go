package stage_test

import (
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/ledger"
)

func TestMoving(t *testing.T) {
	conn := bustest.Run(t)
	r := start(t, conn, copyConfig(stage.HandlerFunc(copyOne)))
	r.drain()
	expect := func(step string, reports []*ledger.Report, waiting, untold bool) {
		t.Helper()
		// What was published a moment ago the broker counts a moment later.
		var work ledger.Work
		var err error
		for range 100 {
			if work, err = stage.Moving(t.Context(), conn, reports); work.Waiting["copy"] == waiting {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if err != nil || work.Waiting["copy"] != waiting || work.Untold != untold || work.Moving() != (waiting || untold) {
			t.Errorf("%s: %+v, %v", step, work, err)
		}
	}
	expect("nothing yet", nil, false, false)
	feed(t, conn, 0, 1)
	r.drain()
	p := bus.Partition("n0", 16)
	expect("handled, not told", nil, false, true)
	expect("told earlier", []*ledger.Report{{Stage: "copy", Partition: p}}, false, true)
	expect("told", []*ledger.Report{{Stage: "copy", Partition: p, Seq: 1}}, false, false)
	r.stop()
	feed(t, conn, 1, 2)
	expect("a message waits", []*ledger.Report{{Stage: "copy", Partition: p, Seq: 1}}, true, false)
}
