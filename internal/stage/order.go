package stage

// order is what the distribution of the partitions says to one of them.
type order struct {
	// own is whether this instance is to be the partition's owner.
	own bool
	// orphaned is whether an instance has gone since the last order: whoever had
	// the partition may have died with it in hand.
	orphaned bool
}

// tell replaces the order that a partition has not seen yet. Only one goroutine
// calls it.
func (p *partition) tell(o order) {
	select {
	case old := <-p.orders:
		o.orphaned = o.orphaned || old.orphaned
	default:
	}
	p.orders <- o
}
