package dns

import "github.com/weirsec/weir/schemas/event"

// Scope is who was told: a container, or outside of containers all that share a
// network namespace.
type Scope struct {
	// Container is the container's id, "" outside of containers.
	Container string
	// NetNS is the network namespace's inode; 0 in a container.
	NetNS uint32
}

// ScopeOf returns the scope of an event's thread or, for a packet, of its socket.
func ScopeOf(c *event.Context) Scope {
	if c.Container.ID != "" {
		return Scope{Container: c.Container.ID}
	}
	return Scope{NetNS: c.NetNS}
}
