package stage

import "context"

// turn waits until this partition may use a processor, and minds meanwhile what
// comes from outside. It returns false where the partition is given up before.
//
// Where more partitions have work than there are processors, all would be at it at
// once and none get done: each message would take as long as all of them, and so
// would handing over a partition whose message has to be finished first.
func (p *partition) turn(owned, work context.Context) (release func(), ok bool) {
	if p.r.turns == nil {
		return func() {}, true
	}
	for !over(owned) {
		select {
		case p.r.turns <- struct{}{}:
			if over(owned) {
				<-p.r.turns
				return nil, false
			}
			return func() { <-p.r.turns }, true
		case <-owned.Done():
		case o := <-p.orders:
			p.heed(work, o)
		case q := <-p.questions:
			p.answer(q)
		}
	}
	return nil, false
}

// heed does what it is told while it owns the partition.
func (p *partition) heed(ctx context.Context, o order) {
	if !o.own {
		p.end()
	} else if o.orphaned {
		p.unpin(ctx, func(pinned string) bool { return pinned != "" && pinned != p.pin })
	}
}
