package sigbench

// Result is what one signature cost on one engine.
type Result struct {
	Signature string `json:"signature"`
	Source    string `json:"source"`
	Engine    string `json:"engine"`
	// Tier is how the signature is evaluated.
	Tier string `json:"tier"`
	// Selected is how many of the events its selectors take, Evaluated how
	// many of those it was really run on. Both count one pass.
	Selected  int `json:"selected"`
	Evaluated int `json:"evaluated"`
	// Matches and Errors count one pass.
	Matches int `json:"matches"`
	Errors  int `json:"errors"`
	// Evaluations is how many times an event was given to it in all.
	Evaluations int `json:"evaluations"`
	// Nanos, Allocs and Bytes are for each selected event: the time in
	// nanoseconds, and what was allocated.
	Nanos  float64 `json:"ns_per_event"`
	Allocs float64 `json:"allocs_per_event"`
	Bytes  float64 `json:"bytes_per_event"`
	// Share is its part of the time that all signatures take alone, 0 to 1:
	// what an event costs it, times how many it gets.
	Share float64 `json:"share"`
	// Quarantined is true where its faults took it out.
	Quarantined bool `json:"quarantined,omitempty"`
}

// Total is what all signatures cost together, which is less than their sum: an
// event is converted once for all of them.
type Total struct {
	Engine string  `json:"engine"`
	Events int     `json:"events"`
	Nanos  float64 `json:"ns_per_event"`
	Allocs float64 `json:"allocs_per_event"`
	Bytes  float64 `json:"bytes_per_event"`
}

// Report is what came of a measurement, the most expensive signature of each
// engine first.
type Report struct {
	Results []Result `json:"results"`
	Totals  []Total  `json:"totals"`
}
