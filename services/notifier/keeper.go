package notifier

import (
	"fmt"

	"github.com/weirsec/weir/internal/stage"
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
)

// account counts a message once, however often it comes.
func (h *handler) account(in stage.Message, d *finding.Detection, published bool) {
	if in.StreamSeq == h.counted && in.ID == h.countedID {
		return
	}
	h.counted, h.countedID = in.StreamSeq, in.ID
	node := d.Node
	if node == "" {
		node = unknownNode
	}
	of := h.books.Of(node)
	of.Read++
	of.Until = max(of.Until, d.Time)
	if published {
		of.Published++
	} else {
		of.Drop("unreadable", 1)
	}
}

// Accounts implements stage.Accountant: of detections, not events.
func (h *handler) Accounts() ([]*ledger.Account, uint64) {
	return h.books.Accounts(), h.books.Forgotten()
}

// Checkpoint implements stage.Keeper: what is remembered is what was counted.
func (h *handler) Checkpoint() ([]byte, error) {
	return (&statepb.Notifier{Version: stateVersion, Books: h.books.State()}).MarshalVT()
}

// Restore implements stage.Keeper.
func (h *handler) Restore(checkpoint []byte) error {
	h.books = ledger.NewBooks(maxNodes)
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
	return nil
}
