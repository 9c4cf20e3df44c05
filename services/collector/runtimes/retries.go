package runtimes

import "time"

const (
	// maxRetries is how many containers are waited for at a time.
	maxRetries = 256
	// firstRetry is how long is waited the first time, then four times as long
	// each time, lastTry times: 50 ms to 3.2 s.
	firstRetry = 50 * time.Millisecond
	lastTry    = 4
)

// retries are containers that the runtime did not know when it was asked: it
// makes the cgroup before it shows the container. The zero value is empty.
type retries struct {
	waiting []waiting
	timer   *time.Timer
}

type waiting struct {
	id    string
	tries int
	at    time.Time
}

// later notes that a container is to be asked for again; false where that was
// done often enough, or too many wait.
func (r *retries) later(id string, now time.Time) bool {
	tries := 0
	for i := range r.waiting {
		if r.waiting[i].id == id {
			tries = r.waiting[i].tries
		}
	}
	r.forget(id)
	if tries == lastTry || len(r.waiting) >= maxRetries {
		return false
	}
	r.waiting = append(r.waiting, waiting{id, tries + 1, now.Add(firstRetry << (2 * tries))})
	return true
}

// forget takes a container out.
func (r *retries) forget(id string) {
	kept := r.waiting[:0]
	for _, w := range r.waiting {
		if w.id != id {
			kept = append(kept, w)
		}
	}
	r.waiting = kept
}

// due returns a channel that gives a value when next has one; nil where nobody
// waits.
func (r *retries) due() <-chan time.Time {
	first := r.first()
	if first < 0 {
		return nil
	}
	if r.timer == nil {
		r.timer = time.NewTimer(0)
	}
	r.timer.Reset(time.Until(r.waiting[first].at))
	return r.timer.C
}

// next returns the container that has waited for longest. It stays until it is
// asked for later, or forgotten.
func (r *retries) next() string { return r.waiting[r.first()].id }

func (r *retries) first() int {
	first := -1
	for i := range r.waiting {
		if first < 0 || r.waiting[i].at.Before(r.waiting[first].at) {
			first = i
		}
	}
	return first
}
