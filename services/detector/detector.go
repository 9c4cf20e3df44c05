package detector

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/evidence"
)

// Detector evaluates a set of signatures over all partitions. It is safe for
// concurrent use.
type Detector struct {
	cfg      Config
	instance string
	log      *slog.Logger
	set      atomic.Pointer[engine.Set]
	metrics  *metrics
	// swapping is held by the one who puts another set in place.
	swapping sync.Mutex
	// told holds the signatures whose first fault was logged.
	told sync.Map

	mu       sync.Mutex
	handlers []*handler
}

// New returns a Detector that evaluates set.
func New(cfg Config, set *engine.Set, s stage.Settings) (*Detector, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if set == nil {
		return nil, errors.New("detector: no set of signatures")
	}
	d := &Detector{cfg: cfg, instance: s.Instance, log: s.Logger}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	d.set.Store(set)
	var err error
	if d.metrics, err = newMetrics(s.Meter, d.Set); err != nil {
		return nil, fmt.Errorf("detector: %w", err)
	}
	return d, nil
}

// Close ends the measuring and the signatures. It is to be called when no
// handler is at work any more, which is when the stage has ended.
func (d *Detector) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, h := range d.handlers {
		h.use(nil)
	}
	return d.metrics.close()
}

// Set returns the set that is evaluated.
func (d *Detector) Set() *engine.Set { return d.set.Load() }

// Swap puts another set, which is not in use yet, in the place of the one at
// work. Each partition takes it with its next batch: no batch is evaluated by
// two sets. Signatures that are the same in both keep their strikes, their
// quarantine and what they remember.
func (d *Detector) Swap(set *engine.Set) {
	d.swapping.Lock()
	defer d.swapping.Unlock()
	old := d.set.Load()
	if old == set {
		return
	}
	set.Inherit(old)
	d.set.Store(set)
	d.metrics.retire(old)
	d.told.Clear()
}

// NewHandler returns the handler of one partition.
func (d *Detector) NewHandler(partition int) (stage.Handler, error) {
	h := &handler{
		detector: d, subject: d.cfg.Subject(partition), losses: evidence.New(d.cfg.EvidenceWindow),
		accounts: newAccounts(),
		// Nothing of a batch is kept: detections are written out at once.
		decoder: batch.Decoder{Reuse: true},
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.handlers = append(d.handlers, h)
	return h, nil
}

// fault tells people of a signature that fails: the first time, and when it is
// taken out. The counters have all of it.
func (d *Detector) fault(f engine.Fault) {
	_, told := d.told.LoadOrStore(f.Signature, true)
	if told && !f.Quarantined {
		return
	}
	attrs := []any{
		slog.String("signature", f.Signature.Metadata.ID),
		slog.String("source", f.Signature.Source),
		slog.String("kind", string(f.Kind)),
		slog.Any("error", f.Err),
	}
	if f.Event != nil {
		attrs = append(attrs, slog.String("event", f.Event.ID()))
	}
	if q, out := f.Signature.Quarantine(); out && f.Quarantined {
		attrs = append(attrs, slog.String("reason", string(q.Reason)), slog.String("detail", q.Detail))
		d.log.Error("signature is in quarantine and evaluated no more until another version of it is loaded", attrs...)
		return
	}
	d.log.Warn("signature could not be evaluated; later faults of it are only counted", attrs...)
}
