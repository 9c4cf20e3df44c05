package stage

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/schemas/ledger"
)

// Moving returns for which stages messages wait, and whether stages have handled
// some since they told these accounts.
func Moving(ctx context.Context, conn *bus.Conn, reports []*ledger.Report) (work ledger.Work, err error) {
	told := map[string]uint64{}
	work.Waiting = map[string]bool{}
	for _, r := range reports {
		told[consumerName(r.Stage, r.Partition)] = r.Seq
	}
	for _, reader := range bus.Readers() {
		usage, err := conn.Usage(ctx, reader.Stream)
		if errors.Is(err, bus.ErrNoStream) {
			continue
		}
		if err != nil {
			return work, fmt.Errorf("see whether stages are at work: %w", err)
		}
		for _, c := range usage.Consumers {
			seq, known := told[c.Name]
			if c.Pending > 0 || c.AckPending > 0 {
				work.Waiting[stageOf(c.Name)] = true
			}
			work.Untold = work.Untold || known && seq < c.AckFloor || !known && c.Acked > 0
		}
	}
	return work, nil
}

// stageOf returns the stage whose consumer has a name.
func stageOf(consumer string) string {
	if i := strings.LastIndex(consumer, "-p"); i >= 0 {
		return consumer[:i]
	}
	return consumer
}
