package notifier

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/metric/noop"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/schemas/ledger"
	"github.com/weirsec/weir/services/notifier/recent"
)

// TraceSink takes detections whose stamps are complete. It must not wait for
// the network: it is called between two findings.
type TraceSink interface {
	Materialise(ctx context.Context, d finding.Detection) error
}

// Notifier makes the handlers of the stage. Its handlers share what must be
// known over all partitions, and no more.
type Notifier struct {
	cfg       Config
	settings  stage.Settings
	traces    TraceSink
	metrics   *metrics
	committed *recent.Set
}

// New returns a Notifier. The sink may be nil: then there are no traces; so may
// the meter: then nothing is counted. It fails on a Config that does not validate or a meter that refuses an
// instrument.
func New(cfg Config, s stage.Settings, traces TraceSink) (*Notifier, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	if s.Meter == nil {
		s.Meter = noop.Meter{}
	}
	m, err := newMetrics(s.Meter)
	if err != nil {
		return nil, fmt.Errorf("notifier: %w", err)
	}
	return &Notifier{cfg: cfg, settings: s, traces: traces, metrics: m, committed: recent.New(cfg.Remember)}, nil
}

// NewHandler returns the handler of one partition of the detections. It is a
// stage.Committer, stage.Keeper and stage.Accountant too. The error is always nil.
func (n *Notifier) NewHandler(int) (stage.Handler, error) {
	return &handler{notifier: n, books: ledger.NewBooks(maxNodes), places: ledger.NewPlaces(maxNodes)}, nil
}
