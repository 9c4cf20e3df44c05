package collector

import (
	"context"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/catalogue"
)

// A batch waits as long as its first record has not waited already, for a source
// that looks only now and then; what was recorded long ago has not.
func TestBatchWaitsSinceItsFirstRecord(t *testing.T) {
	const age = time.Second
	for _, c := range []struct {
		name        string
		old         time.Duration
		least, most time.Duration
	}{
		{"just made", 0, age * 3 / 4, age},
		{"made a while ago", age / 2, age / 4, age / 2},
		{"made nearly as long ago", age * 9 / 10, 0, 0},
		{"late", age * 3 / 2, 0, 0},
		{"from a recording", time.Hour, age * 3 / 4, age},
		{"of a clock that is ahead", -time.Hour, age * 3 / 4, age},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := config()
			cfg.BatchAge = age
			to := new(broker)
			err := run(t.Context(), t, cfg, to, func(_ context.Context, sink Sink) error {
				// So much has passed that the times lie behind the boot.
				since, err := sinceBoot()
				if err != nil {
					return err
				}
				sink.Record(rec(catalogue.Openat, uint64(since-int64(c.old))))
				if due := sink.Idle(); due < c.least || due > c.most {
					t.Errorf("waits %s, want %s to %s", due, c.least, c.most)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if n := len(to.all(t)); n == 0 {
				t.Error("nothing was sent")
			}
		})
	}
}
