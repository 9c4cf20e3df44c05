package lookup

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Reply is the answer to a question.
type Reply struct {
	Version int `json:"version"`
	// Result has the result keys of the source's schema.
	Result json.RawMessage `json:"result"`
	// Status tells how well it is known: "resolved", "pending", "stale",
	// "lost" or "not_found", as the statuses of events.
	Status string `json:"status"`
	// AsOf is the time of the latest event of the node that the answer takes in.
	AsOf time.Time `json:"as_of"`
	// Boot is the boot id that the answer is about.
	Boot string `json:"boot,omitzero"`
}

// ParseReply reads a reply. Fields that are not known are left out: replies are
// only ever added to.
func ParseReply(text []byte) (Reply, error) {
	var r Reply
	if err := json.Unmarshal(text, &r); err != nil {
		return Reply{}, fmt.Errorf("reply: %w", err)
	}
	switch {
	case r.Version != Version:
		return Reply{}, fmt.Errorf("reply: %w", Refuse(CodeVersion, "version %d of replies is not known here, only %d", r.Version, Version))
	case len(r.Result) == 0 || r.Result[0] != '{':
		return Reply{}, errors.New("reply: the result is no object")
	}
	return r, nil
}

// Encode writes the reply as JSON.
func (r Reply) Encode() ([]byte, error) {
	r.Version = Version
	return json.Marshal(r)
}
