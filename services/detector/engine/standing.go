package engine

import "sync/atomic"

// Reason is why a signature is in quarantine.
type Reason string

// The reasons.
const (
	// ReasonPanic and ReasonBudget say what the last of the strikes was.
	ReasonPanic  Reason = "panic"
	ReasonBudget Reason = "budget"
	// ReasonErrors means that too many evaluations failed.
	ReasonErrors Reason = "error_rate"
	// ReasonCost means that evaluations cost too much in the mean, see Limits.
	ReasonCost Reason = "cost"
)

// Quarantine says why a signature was taken out. It is immutable.
type Quarantine struct {
	Reason Reason
	// Count is how many strikes, failed evaluations or timed evaluations
	// decided it.
	Count uint64
	// Detail says it in words.
	Detail string
}

// standing is how a signature has behaved, in all partitions. Sets that have
// the same signature share it.
type standing struct {
	strikes atomic.Int32
	out     atomic.Pointer[Quarantine]
	// asked is whether it has asked for a source that may have to be declared.
	asked atomic.Bool
}

// strike counts one grave fault and returns the number of the strike and
// whether it was the last one that is borne.
func (s *standing) strike(limit int) (n uint64, last bool) {
	count := s.strikes.Add(1)
	return uint64(count), count >= int32(limit)
}

// retire takes the signature out and reports whether it was not out before:
// true exactly once.
func (s *standing) retire(q Quarantine) bool { return s.out.CompareAndSwap(nil, &q) }
