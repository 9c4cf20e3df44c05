package cri

import (
	"encoding/json"
	"math"
)

// info is what containerd and CRI-O tell beyond the interface, in an answer
// that is verbose: a JSON object for people, of which little is wanted.
type info struct {
	SandboxID string  `json:"sandboxID"`
	PID       float64 `json:"pid"`
	Image     string  `json:"image"`
}

// readInfo reads the verbose part of an answer; what is not as expected counts
// as not told, as no runtime owes it.
func readInfo(verbose map[string]string) info {
	// Fields are read one by one: one of another type must not hide the rest.
	var fields map[string]json.RawMessage
	var i info
	if json.Unmarshal([]byte(verbose["info"]), &fields) != nil {
		return i
	}
	_ = json.Unmarshal(fields["sandboxID"], &i.SandboxID)
	_ = json.Unmarshal(fields["pid"], &i.PID)
	_ = json.Unmarshal(fields["image"], &i.Image)
	return i
}

// pid returns the process id, 0 where there is none that can be.
func (i info) pid() int32 {
	if i.PID < 1 || i.PID > math.MaxInt32 {
		return 0
	}
	return int32(i.PID)
}
