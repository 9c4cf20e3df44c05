package runtimes

import (
	"sync"
	"time"
)

// maxRemembered is how many containers of all runtimes are remembered: a node
// has some hundred.
const maxRemembered = 16384

// memory is what has been told of which container. Followers share it.
type memory struct {
	mu    sync.Mutex
	boxes map[string]remembered
	// order holds the ids as they came, oldest at next once it is full.
	order []string
	next  int
	limit int
}

// remembered is a container that has been told of.
type remembered struct {
	endpoint Endpoint
	// runtime and name are for container_remove.
	runtime, name string
	// print is the fingerprint of the facts, started says that its program ran.
	print   uint64
	started bool
	// at is when it was told of last.
	at time.Time
}

func newMemory(limit int) *memory {
	return &memory{boxes: map[string]remembered{}, limit: limit}
}

// get returns what was told of a container, and whether anything was.
func (m *memory) get(id string) (remembered, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.boxes[id]
	return r, ok
}

// put notes what has been told. Where there is no room the container that came
// first is forgotten; the next list then tells of it again.
func (m *memory) put(id string, r remembered) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.boxes[id]; !ok {
		if len(m.order) < m.limit {
			m.order = append(m.order, id)
		} else {
			delete(m.boxes, m.order[m.next])
			m.order[m.next] = id
			m.next = (m.next + 1) % m.limit
		}
	}
	m.boxes[id] = r
}

// remove forgets a container.
func (m *memory) remove(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.boxes, id)
}

// of returns the ids of the containers that an endpoint told of.
func (m *memory) of(e Endpoint) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var ids []string
	for id, r := range m.boxes {
		if r.endpoint == e {
			ids = append(ids, id)
		}
	}
	return ids
}
