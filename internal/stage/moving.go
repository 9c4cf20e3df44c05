package stage

import (
	"context"
	"errors"
	"fmt"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/schemas/ledger"
)

// Moving reports whether messages wait for stages, and whether stages have
// handled some since they told these accounts.
func Moving(ctx context.Context, conn *bus.Conn, reports []*ledger.Report) (waiting, untold bool, err error) {
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
			return false, false, fmt.Errorf("see whether stages are at work: %w", err)
		}
		for _, c := range usage.Consumers {
			seq, known := told[c.Name]
			waiting = waiting || c.Pending > 0 || c.AckPending > 0
			untold = untold || known && seq < c.AckFloor || !known && c.AckFloor > 0
		}
	}
	return waiting, untold, nil
}
