package attacks

import (
	"slices"
	"testing"

	"github.com/weirsec/weir/internal/attack"
	"github.com/weirsec/weir/signatures"
)

// shipped returns the ids of the signatures that are loaded by default.
func shipped(t *testing.T) []string {
	t.Helper()
	for _, p := range signatures.Packs() {
		if p.Name == signatures.DefaultPack {
			return p.IDs
		}
	}
	t.Fatalf("there is no pack %q", signatures.DefaultPack)
	return nil
}

func TestAttacksNameShippedSignatures(t *testing.T) {
	ids := shipped(t)
	for _, a := range attack.All() {
		for _, id := range a.Signatures {
			if !slices.Contains(ids, id) {
				t.Errorf("attack %s expects signature %s, which is not loaded by default: %v", a.ID, id, ids)
			}
		}
	}
}

func TestEveryDefaultSignatureHasAnAttack(t *testing.T) {
	var proven []string
	for _, a := range attack.All() {
		proven = append(proven, a.Signatures...)
	}
	for _, id := range shipped(t) {
		if !slices.Contains(proven, id) {
			t.Errorf("no attack proves signature %s: add one to internal/attack", id)
		}
	}
}
