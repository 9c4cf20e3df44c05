package enricher

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/weirsec/weir/internal/stage"
)

// stageName is how stamps and losses call this stage.
const stageName = "enricher"

// Enricher makes the handlers of the stage.
type Enricher struct {
	cfg      Config
	instance string
	log      *slog.Logger
	metrics  *metrics
	now      func() time.Time
}

// New returns an Enricher. A nil Logger or Meter in the settings means none.
func New(cfg Config, s stage.Settings) (*Enricher, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	m, err := newMetrics(s.Meter)
	if err != nil {
		return nil, fmt.Errorf("enricher: metrics: %w", err)
	}
	log := s.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Enricher{cfg: cfg, instance: s.Instance, log: log, metrics: m, now: time.Now}, nil
}

// NewHandler returns the handler of one partition of WEIR_RAW, which keeps the
// state of the partition's nodes. It fails for a negative partition.
func (e *Enricher) NewHandler(partition int) (stage.Handler, error) {
	if partition < 0 {
		return nil, fmt.Errorf("enricher: no partition %d", partition)
	}
	return newHandler(e), nil
}
