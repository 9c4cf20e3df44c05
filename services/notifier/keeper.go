package notifier

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/schemas/ledger"
	"github.com/weirsec/weir/schemas/statepb"
)

const (
	// stateVersion is that of the checkpoint's layout.
	stateVersion = 1
	// maxNodes is how many nodes a partition keeps accounts of.
	maxNodes = 4096
	// unknownNode has the account of messages that nothing can be told of.
	unknownNode = "(unknown)"
	// unreadable is why messages are dropped.
	unreadable = "unreadable"
	// tellEvery is how often it is logged that detections are missing.
	tellEvery = 10 * time.Second
)

// account counts a message once, however often it comes.
func (h *handler) account(ctx context.Context, in *stage.Message, d *finding.Detection, published bool) {
	if in.StreamSeq == h.counted && in.ID == h.countedID {
		return
	}
	h.counted, h.countedID = in.StreamSeq, in.ID
	node := d.Node
	if node == "" {
		node = unknownNode
	}
	of := h.books.Of(node)
	of.Until = max(of.Until, d.Time)
	gap := h.read(in, d)
	if gap.Missing > 0 && !in.Replayed {
		h.missing(ctx, d, gap.Missing)
	}
	if d.Reminder {
		of.Find(gap, 0)
		return
	}
	again := gap == (ledger.Gap{}) && ledger.Redriven(in.ID)
	switch {
	case again && of.Dropped[unreadable] > 0: // it was read before
		of.Dropped[unreadable]--
	case again:
		of.Missing -= min(of.Missing, 1) // it was missed before
		of.Read++
	default:
		of.Find(gap, 1)
	}
	if published {
		of.Published++
	} else {
		of.Drop(unreadable, 1)
	}
}

// read returns what is missing before a detection. Those of older detectors have
// no numbers.
func (h *handler) read(in *stage.Message, d *finding.Detection) ledger.Gap {
	env := &eventpb.Envelope{
		Node: d.Node, Run: d.Run, RunTime: d.RunTime, EventsBefore: d.Before, Count: 1, MinTime: d.Time, MaxTime: d.Time,
	}
	if d.Reminder {
		env.Count = 0
	}
	return h.places.Read(env, in.Arrival())
}

// missing tells that detections are lost. There are no findings of them; the
// account says how many.
func (h *handler) missing(ctx context.Context, d *finding.Detection, n uint64) {
	h.notifier.metrics.missing.Add(ctx, int64(n))
	if now := time.Now(); now.Sub(h.told) > tellEvery && h.notifier.settings.Logger != nil {
		h.told = now
		h.notifier.settings.Logger.WarnContext(ctx, "the stream of detections gave some up before they were read: give it more room",
			slog.String("node", d.Node), slog.Uint64("missing", n))
	}
}

// Accounts implements stage.Accountant: of detections, not events.
func (h *handler) Accounts() ([]*ledger.Account, uint64) {
	return h.books.Accounts(), h.books.Forgotten()
}

// Checkpoint implements stage.Keeper: what is remembered is what was counted.
func (h *handler) Checkpoint() ([]byte, error) {
	saved := &statepb.Notifier{Version: stateVersion, Books: h.books.State()}
	saved.Places, saved.Since = h.places.State()
	return saved.MarshalVT()
}

// Restore implements stage.Keeper.
func (h *handler) Restore(checkpoint []byte) error {
	h.books, h.places = ledger.NewBooks(maxNodes), ledger.NewPlaces(maxNodes)
	h.counted, h.countedID = 0, ""
	if checkpoint == nil {
		return nil
	}
	var saved statepb.Notifier
	if err := saved.UnmarshalVT(checkpoint); err != nil {
		return fmt.Errorf("notifier: checkpoint: %w", err)
	}
	if saved.GetVersion() != stateVersion {
		return fmt.Errorf("notifier: checkpoint: version %d is not known, only %d", saved.GetVersion(), stateVersion)
	}
	h.books.RestoreState(saved.GetBooks())
	h.places.Restore(saved.GetPlaces(), saved.GetSince())
	return nil
}
