package run

import (
	"maps"
	"slices"
	"sync"
)

// The three answers of a process that is alive.
const (
	// StatusReady means that all is well.
	StatusReady = "ready"
	// StatusDegraded means that it works, but not with all it was asked for.
	StatusDegraded = "degraded"
	// StatusNotReady means that it does not do its work.
	StatusNotReady = "not_ready"
)

// Health collects what the parts of a process say of themselves. It is safe
// for use by many goroutines.
type Health struct {
	mu    sync.Mutex
	parts map[string]Part
	// asked are the parts that are asked for each report.
	asked map[string]func() string
}

// Part is what one part says of itself.
type Part struct {
	Name   string `json:"name"`
	Status string `json:"status"`
	// Reason says why the status is not ready.
	Reason string `json:"reason,omitempty"`
}

// Report is the answer of a health endpoint.
type Report struct {
	Status string `json:"status"`
	Parts  []Part `json:"parts,omitempty"`
}

// Set replaces what the part of that name says.
func (h *Health) Set(name, status, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.parts == nil {
		h.parts = map[string]Part{}
	}
	h.parts[name] = Part{Name: name, Status: status, Reason: reason}
}

// SetTrouble says what is wrong with a part that works all the same, "" for
// nothing: it makes the whole degraded, not unready.
func (h *Health) SetTrouble(name, trouble string) {
	if trouble == "" {
		h.Set(name, StatusReady, "")
		return
	}
	h.Set(name, StatusDegraded, trouble)
}

// Ask has a part asked for each report: what is wrong with it although it works,
// "" for nothing.
func (h *Health) Ask(name string, trouble func() string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.asked == nil {
		h.asked = map[string]func() string{}
	}
	h.asked[name] = trouble
}

// Report adds the parts up: the worst of them is the whole's status.
func (h *Health) Report() Report {
	h.mu.Lock()
	asked := maps.Clone(h.asked)
	h.mu.Unlock()
	for name, trouble := range asked {
		h.SetTrouble(name, trouble())
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	report := Report{Status: StatusReady}
	for _, name := range slices.Sorted(maps.Keys(h.parts)) {
		part := h.parts[name]
		report.Parts = append(report.Parts, part)
		if rank(part.Status) > rank(report.Status) {
			report.Status = part.Status
		}
	}
	return report
}

// rank orders the statuses, best first.
func rank(status string) int {
	return slices.Index([]string{StatusReady, StatusDegraded, StatusNotReady}, status)
}
