package ledger

import "maps"

// Account is what one stage has done with the events of one node, since it
// first heard of it, in one partition or, added up, in all of them. What the
// notifier reads and publishes are detections and findings.
type Account struct {
	// Node is the node's name.
	Node string `json:"node"`
	// Read counts events in messages that were read, Missing those that the stage
	// before had put into messages that are not there any more.
	Read    uint64 `json:"read"`
	Missing uint64 `json:"missing,omitempty"`
	// Earlier counts those that the stage before had put into messages before this
	// stage began to read, or before it lost its memory: they are none of its own.
	Earlier uint64 `json:"earlier,omitempty"`
	// Published counts events in messages that were published, or that were
	// evaluated where the stage publishes no events; Held those that wait for
	// more to be known.
	Published uint64 `json:"published"`
	Held      uint64 `json:"held,omitempty"`
	// Detections counts what signatures found in them, which is published beside.
	Detections uint64 `json:"detections,omitempty"`
	// Dropped counts events that the stage gave up, by reason.
	Dropped map[string]uint64 `json:"dropped,omitempty"`
	// Told counts events that stages before have told to be lost, as
	// "stage/reason".
	Told map[string]uint64 `json:"told,omitempty"`
	// Kernel is what the node's collectors have counted, by state; only in the
	// account of the stage that reads them.
	Kernel map[string]uint64 `json:"kernel,omitempty"`
	// Until is the time of the latest event, in Unix nanoseconds.
	Until int64 `json:"until,omitempty"`
}

// Drop counts events that are given up.
func (a *Account) Drop(reason string, n uint64) { add(&a.Dropped, reason, n) }

// Tell counts events that a stage before has told to be lost.
func (a *Account) Tell(stage, reason string, n uint64) { add(&a.Told, stage+"/"+reason, n) }

// Find counts what was read and what is missing before it.
func (a *Account) Find(gap Gap, read uint64) {
	a.Read += read
	a.Missing += gap.Missing
	a.Earlier += gap.Earlier
}

func add(to *map[string]uint64, key string, n uint64) {
	if n == 0 {
		return
	}
	if *to == nil {
		*to = make(map[string]uint64)
	}
	(*to)[key] += n
}

// Add adds another account of the same node.
func (a *Account) Add(other *Account) {
	a.Read += other.Read
	a.Missing += other.Missing
	a.Earlier += other.Earlier
	a.Published += other.Published
	a.Held += other.Held
	a.Detections += other.Detections
	for _, m := range []struct {
		to   *map[string]uint64
		from map[string]uint64
	}{{&a.Dropped, other.Dropped}, {&a.Told, other.Told}, {&a.Kernel, other.Kernel}} {
		for key, n := range m.from {
			add(m.to, key, n)
		}
	}
	a.Until = max(a.Until, other.Until)
}

// Since returns what was added since an earlier state of the account. Where the
// earlier one is not earlier, because the accounts began anew, it returns all.
func (a *Account) Since(earlier *Account) *Account {
	c := a.Clone()
	if earlier == nil || earlier.Read > a.Read || earlier.Published > a.Published {
		return c
	}
	c.Read -= earlier.Read
	c.Missing -= min(earlier.Missing, c.Missing)
	c.Earlier -= min(earlier.Earlier, c.Earlier)
	c.Published -= earlier.Published
	c.Detections -= min(earlier.Detections, c.Detections)
	for _, m := range []struct{ of, before map[string]uint64 }{
		{c.Dropped, earlier.Dropped}, {c.Told, earlier.Told}, {c.Kernel, earlier.Kernel},
	} {
		for key, n := range m.before {
			if m.of[key] -= min(n, m.of[key]); m.of[key] == 0 {
				delete(m.of, key)
			}
		}
	}
	// What was held then has been published since.
	c.Read += earlier.Held
	return c
}

// Clone returns a copy that shares no memory but the node's name.
func (a *Account) Clone() *Account {
	c := *a
	c.Dropped, c.Told, c.Kernel = maps.Clone(a.Dropped), maps.Clone(a.Told), maps.Clone(a.Kernel)
	return &c
}

// DroppedTotal is how many events were given up.
func (a *Account) DroppedTotal() uint64 {
	var n uint64
	for _, of := range a.Dropped {
		n += of
	}
	return n
}

// Unexplained is how many events were read of which nobody knows what became of
// them; negative where more is accounted for than was read. It is 0 in an
// account that balances.
func (a *Account) Unexplained() int64 {
	return int64(a.Read - a.Published - a.Held - a.DroppedTotal())
}
