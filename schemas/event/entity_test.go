package event

import (
	"encoding/json"
	"os"
	"testing"
)

// The vectors were recorded from Tracee; the first ones stand here so that the
// test says something without the shared folder.
func TestEntityID(t *testing.T) {
	vectors := []struct {
		ID    uint32 `json:"entity_id"`
		TID   int32  `json:"tid"`
		Start int64  `json:"start_time_ns"`
	}{
		{4140133194, 0, 0},
		{2241929191, 12345, 1755852177635091549},
		{3775350274, 320908, 1680190419369780383},
	}
	if text, err := os.ReadFile("../../../shared/conformance/tracee/process-tree/entity_ids.json"); err == nil {
		vectors = vectors[:0]
		if err := json.Unmarshal(text, &vectors); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range vectors {
		if got := EntityID(v.TID, v.Start); got != v.ID {
			t.Errorf("EntityID(%d, %d) = %d, want %d", v.TID, v.Start, got, v.ID)
		}
	}
}
