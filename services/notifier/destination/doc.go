// Package destination brings findings from their stream to where people and
// machines want them.
//
// A Deliverer reads one subscription for one Destination, so that a slow one
// holds up no other. Delivery is at least once; what arrives twice within
// memory's reach is recognised by the event's source and id and not delivered
// again.
//
// It must not change a finding on its way, and must not lose one silently: what
// could not be delivered is counted with the reason.
package destination
