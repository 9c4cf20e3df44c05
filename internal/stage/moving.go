package stage

import (
	"context"
	"errors"
	"fmt"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/schemas/ledger"
)

// Moving reports whether the stages that have told accounts are still at work:
// messages wait for one of them, or it has handled some since it told.
func Moving(ctx context.Context, conn *bus.Conn, reports []*ledger.Report) (bool, error) {
	told := map[string]uint64{}
	for _, r := range reports {
		told[consumerName(r.Stage, r.Partition)] = r.Seq
	}
	for _, stream := range []string{bus.StreamRaw, bus.StreamEvents, bus.StreamDetections} {
		usage, err := conn.Usage(ctx, stream)
		if errors.Is(err, bus.ErrNoStream) {
			continue
		}
		if err != nil {
			return false, fmt.Errorf("see whether stages are at work: %w", err)
		}
		for _, c := range usage.Consumers {
			seq, known := told[c.Name]
			if c.Pending > 0 || c.AckPending > 0 || known && seq < c.AckFloor || !known && c.AckFloor > 0 {
				return true, nil
			}
		}
	}
	return false, nil
}
