package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

const (
	// maxDenied bounds what is remembered of refused subjects.
	maxDenied = 256
	// deniedFor is how long a refusal counts as a trouble unless it comes again:
	// the broker does not say when rights are given.
	deniedFor = time.Minute
)

// deniedError is one refusal by the broker.
type deniedError struct {
	// verb is "publish to" or "subscribe to".
	verb, subject string
}

// newDenied reads what the broker says beside a request, which itself just gets
// no answer.
func newDenied(err error) *deniedError {
	d := &deniedError{verb: "publish to", subject: quoted(err.Error())}
	if strings.Contains(strings.ToLower(err.Error()), "for subscription") {
		d.verb = "subscribe to"
	}
	return d
}

// Error names the subject and what mends it.
func (e *deniedError) Error() string {
	fix := "give the user of these credentials the right to it (\"weir nats config\" prints what each service needs)"
	if e.inbox() {
		fix = "replies cannot come: choose the inbox that this user may have with --nats-inbox-prefix"
	}
	return fmt.Sprintf("%v: %s %q: %s", ErrDenied, e.verb, e.subject, fix)
}

// Unwrap returns ErrDenied.
func (e *deniedError) Unwrap() error { return ErrDenied }

// inbox reports whether it is the place for replies that is refused, which no
// request can do without.
func (e *deniedError) inbox() bool {
	return e.verb == "subscribe to" && strings.HasPrefix(e.subject, "_INBOX")
}

// denials remembers what the broker refused, and tells those who wait for an
// answer that will never come.
type denials struct {
	mu   sync.Mutex
	seen map[deniedError]time.Time
	// waiting are the requests under way.
	waiting map[*waiter]struct{}
	// news is closed at the next refusal.
	news chan struct{}
}

type waiter struct {
	subjects []string
	cancel   context.CancelCauseFunc
}

// add reports whether the refusal is new.
func (d *denials) add(e *deniedError, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, known := d.seen[*e]
	if d.seen == nil {
		d.seen = map[deniedError]time.Time{}
	}
	if known || len(d.seen) < maxDenied {
		d.seen[*e] = now
	}
	if d.news != nil {
		close(d.news)
		d.news = nil
	}
	for w := range d.waiting {
		if e.concerns(w.subjects) {
			w.cancel(e)
		}
	}
	return !known && len(d.seen) < maxDenied
}

// concerns reports whether a request that may use these subjects gets no
// answer.
func (e *deniedError) concerns(patterns []string) bool {
	if e.inbox() {
		return true
	}
	for _, p := range patterns {
		if Covers(p, e.subject) {
			return true
		}
	}
	return false
}

// listen calls cancel when the broker refuses one of the subjects, until the
// returned function is called.
func (d *denials) listen(cancel context.CancelCauseFunc, subjects ...string) (stop func()) {
	w := &waiter{subjects, cancel}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waiting == nil {
		d.waiting = map[*waiter]struct{}{}
	}
	d.waiting[w] = struct{}{}
	for e := range d.seen {
		if e.inbox() {
			// It was asked for once, and is not asked for again.
			cancel(&e)
		}
	}
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.waiting, w)
	}
}

// next returns a channel that is closed at the next refusal.
func (d *denials) next() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.news == nil {
		d.news = make(chan struct{})
	}
	return d.news
}

// since returns a refusal of one of the subjects at or after a time, or nil.
func (d *denials) since(start time.Time, subjects ...string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for e, at := range d.seen {
		if e.inbox() || !at.Before(start) && e.concerns(subjects) {
			return &e
		}
	}
	return nil
}

// trouble describes the refusals of the last time, "" for none.
func (d *denials) trouble(now time.Time) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var first string
	count := 0
	for e, at := range d.seen {
		if now.Sub(at) > deniedFor {
			continue
		}
		count++
		if text := e.Error(); first == "" || text < first {
			first = text
		}
	}
	if count > 1 {
		first = fmt.Sprintf("%s (and %d more)", first, count-1)
	}
	return first
}

func (d *denials) clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.seen)
}

// Asking is for requests that the broker may refuse: it answers them with
// nothing and says so beside. The context ends where one of the subjects, which
// may have wildcards, is refused. The function must be called with what the
// request returned; it returns that, or an error that wraps ErrDenied and names
// the subject.
func (c *Conn) Asking(ctx context.Context, subjects ...string) (context.Context, func(error) error) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := c.denied.listen(cancel, subjects...)
	return ctx, func(err error) error {
		stop()
		defer cancel(nil)
		return refused(ctx, err)
	}
}

// refused returns the refusal by which a context ended in the place of an error.
func refused(ctx context.Context, err error) error {
	var d *deniedError
	if err != nil && errors.As(context.Cause(ctx), &d) {
		return d
	}
	return err
}

// quoted returns what stands between the first pair of double quotes.
func quoted(text string) string {
	_, rest, _ := strings.Cut(text, `"`)
	subject, _, _ := strings.Cut(rest, `"`)
	return subject
}
