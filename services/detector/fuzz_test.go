package detector

import (
	"encoding/json"
	"testing"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/finding"
)

// FuzzHandle gives the handler any message. It answers with detections that can
// be read, or with an error that sends the message to the dead letters.
func FuzzHandle(f *testing.F) {
	f.Add(message(f, opens("/etc/passwd", "/x")).Data)
	f.Add(message(f, opens("/etc/passwd\xff\x1b"), lost("ring_full", 1, 0, 1)).Data)
	f.Add([]byte{})
	_, h, _ := start(f, regoSet(f, "A"), stage.Settings{})
	f.Fuzz(func(t *testing.T, data []byte) {
		outputs, err := h.Handle(t.Context(), stage.Message{Data: data})
		if err != nil && !stage.IsPermanent(err) {
			t.Errorf("an error that another attempt cannot mend: %v", err)
		}
		for _, o := range outputs {
			var d finding.Detection
			if err := json.Unmarshal(o.Data, &d); err != nil || d.ID == "" || d.ID != o.ID {
				t.Errorf("detection %q, id %q: %v", o.Data, o.ID, err)
			}
		}
	})
}
