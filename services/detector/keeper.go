package detector

import (
	"fmt"
	"log/slog"

	"github.com/weirsec/weir/schemas/statepb"
	"github.com/weirsec/weir/services/detector/evidence"
)

// stateVersion is that of the checkpoint's layout.
const stateVersion = 1

// Checkpoint returns what the signatures remember, and what is missing on the
// nodes.
func (h *handler) Checkpoint() ([]byte, error) {
	saved := &statepb.Detector{
		Version: stateVersion, Losses: h.losses.State(),
		Books: h.accounts.books.State(), Numbers: h.accounts.state(),
	}
	saved.Places, saved.Since = h.accounts.places.State()
	if h.evaluator != nil {
		saved.Signatures = h.evaluator.Snapshot()
	}
	return saved.MarshalVT()
}

// Restore puts a checkpoint in the place of what is remembered. What belongs to
// signatures that are not loaded any more, or were changed, is left out.
func (h *handler) Restore(checkpoint []byte) error {
	h.use(nil)
	h.done = progress{}
	h.losses = evidence.New(h.detector.cfg.EvidenceWindow)
	h.accounts = newAccounts()
	if checkpoint == nil {
		return nil
	}
	var saved statepb.Detector
	if err := saved.UnmarshalVT(checkpoint); err != nil {
		return fmt.Errorf("detector: checkpoint: %w", err)
	}
	if saved.GetVersion() != stateVersion {
		return fmt.Errorf("detector: checkpoint: version %d is not known, only %d", saved.GetVersion(), stateVersion)
	}
	h.use(h.detector.Set())
	if len(saved.GetSignatures()) > 0 {
		unknown, err := h.evaluator.Restore(saved.GetSignatures())
		if err != nil {
			h.use(nil)
			return fmt.Errorf("detector: checkpoint: %w", err)
		}
		if unknown > 0 {
			h.detector.log.Info("state of signatures that are not loaded any more was left out", slog.Int("stores", unknown))
		}
	}
	h.accounts.restore(&saved)
	h.losses.Restore(saved.GetLosses())
	h.losses.LookBack(h.set)
	return nil
}
