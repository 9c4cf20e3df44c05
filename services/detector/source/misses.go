package source

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/metric"
	"golang.org/x/sync/errgroup"

	"github.com/weirsec/weir/internal/datasource/bounded"
	"github.com/weirsec/weir/internal/datasource/query"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/lookup"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

const (
	askers      = 2
	queueLength = 1024
	askTimeout  = 2 * time.Second
	// pace is the least time between two questions of one asker: what detectors
	// do not know must not keep enrichers from their work.
	pace        = 2 * time.Millisecond
	answerBytes = 16 << 20
)

// Ask puts a question to whoever has a node's data; its errors are
// *lookup.Error where they are refusals.
type Ask func(ctx context.Context, namespace, id, node string, question []byte) ([]byte, error)

// Misses asks the enrichers for what the replicas of a detector do not know, in
// the background: no evaluation waits for it. Each question is asked once at a
// time, and not again soon after it was answered or refused. It is shared by all
// partitions and safe for concurrent use.
type Misses struct {
	ask   Ask
	now   func() time.Time
	queue chan question
	// told counts the answers that have come.
	told   atomic.Uint64
	counts counts
	asked  questions

	mu      sync.Mutex
	answers *bounded.Store[miss, entry]

	registration metric.Registration
}

// miss is what was looked for in vain. A time of 0 means that of the event at
// hand.
type miss struct {
	boot
	id  string
	key lookup.Key
	at  int64
}

// question is a miss with the time that is asked for.
type question struct {
	miss
	time int64
}

// NewMisses returns a Misses that asks by ask once Run runs. The meter may be
// nil.
func NewMisses(ask Ask, meter metric.Meter) (*Misses, error) {
	if ask == nil {
		return nil, errors.New("data sources: nobody to ask")
	}
	m := &Misses{
		ask: ask, now: time.Now, queue: make(chan question, queueLength),
		answers: bounded.New[miss, entry](answerBytes, nil),
	}
	if err := m.measure(meter); err != nil {
		return nil, fmt.Errorf("data sources: metrics: %w", err)
	}
	return m, nil
}

// Close ends the measuring.
func (m *Misses) Close() error {
	if m.registration == nil {
		return nil
	}
	return m.registration.Unregister()
}

// Run asks until ctx ends.
func (m *Misses) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for range askers {
		group.Go(func() error {
			ticker := time.NewTicker(pace)
			defer ticker.Stop()
			for {
				select {
				case <-ctx.Done():
					return nil
				case q := <-m.queue:
					m.resolve(ctx, q)
				}
				select {
				case <-ctx.Done():
					return nil
				case <-ticker.C:
				}
			}
		})
	}
	return group.Wait()
}

// look returns what has been answered before about a key, and asks again where
// that is nothing or too old. Visible is how many answers the one who looks may
// know.
func (m *Misses) look(id string, key any, e *event.Event, visible uint64) (map[string]any, outcome, error) {
	k, when, err := query.FromKey(id, key)
	if err != nil {
		return nil, refused, err
	}
	if id == datasource.DNS {
		k.Container, k.NetNS = e.Context.Container.ID, e.Context.NetNS
	}
	if k == (lookup.Key{}) || k.Entity == 0 && id == datasource.ProcessTree {
		return nil, notFound, sdk.ErrDataNotFound
	}
	q := question{miss: miss{boot: boot{e.Context.Node, e.Context.BootID}, id: id, key: k}, time: e.Time}
	if !when.IsZero() {
		q.at = when.UnixNano()
		q.time = q.at
	}
	known := m.find(q, visible)
	switch {
	case known == nil:
		return nil, pending, sdk.ErrDataPending
	case errors.Is(known.err, sdk.ErrDataPending):
		return nil, pending, known.err
	case errors.Is(known.err, sdk.ErrDataNotFound):
		return nil, notFound, known.err
	case known.err != nil:
		return nil, refused, known.err
	}
	// Made anew for each one who asks: it is theirs.
	result, err := query.DecodeResult(id, known.text)
	if err != nil {
		return nil, refused, fmt.Errorf("%w: %w", sdk.ErrUnmarshal, err)
	}
	return result, byAnswer, nil
}

// find returns the answer to a question that may be known, nil where there is
// none, and sees to it that there will be.
func (m *Misses) find(q question, visible uint64) *answer {
	m.mu.Lock()
	defer m.mu.Unlock()
	it := m.answers.Get(q.miss)
	if it == nil {
		// The event's memory is used again.
		q.node, q.boot.id = strings.Clone(q.node), strings.Clone(q.boot.id)
		q.key.Text, q.key.Container = strings.Clone(q.key.Text), strings.Clone(q.key.Container)
		it = m.answers.Add(q.miss, entryBytes+len(q.node)+len(q.boot.id)+len(q.key.Text)+len(q.key.Container))
		m.answers.Trim()
	}
	if v := &it.Value; !v.waiting && (v.current == nil || m.now().After(v.current.until)) {
		q.miss = it.Key
		select {
		case m.queue <- q:
			v.waiting = true
		default:
			m.asked.add(questionDropped)
		}
	}
	return it.Value.visible(visible)
}

// resolve asks one question and remembers the answer.
func (m *Misses) resolve(ctx context.Context, q question) {
	a, how := m.inquire(ctx, q)
	m.asked.add(how)
	m.mu.Lock()
	defer m.mu.Unlock()
	if it := m.answers.Peek(q.miss); it != nil {
		a.number = m.told.Add(1)
		before := it.Value.bytes()
		it.Value.take(a)
		m.answers.Grow(it, it.Value.bytes()-before)
		m.answers.Trim()
	}
}

// inquire asks one question.
func (m *Misses) inquire(ctx context.Context, q question) (*answer, questionOutcome) {
	request := lookup.Request{
		Namespace: datasource.Namespace, ID: q.id, Node: q.node, Boot: q.boot.id, Key: q.key, Time: time.Unix(0, q.time).UTC(),
	}
	text, err := request.Encode()
	if err != nil {
		return m.fail(fmt.Errorf("%w: %w", sdk.ErrKeyNotSupported, err), keepRefused), questionRefused
	}
	limited, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	reply, err := m.ask(limited, datasource.Namespace, q.id, q.node, text)
	if err != nil {
		return m.failure(err)
	}
	r, err := lookup.ParseReply(reply)
	if err == nil {
		_, err = query.DecodeResult(q.id, r.Result)
	}
	if err != nil {
		return m.fail(fmt.Errorf("%w: %w", sdk.ErrUnmarshal, err), keepUnavailable), questionUnreadable
	}
	good := keepAnswer
	switch {
	case r.Status == event.StatusPending.String():
		good = keepUnavailable
	case q.at != 0 && r.AsOf.UnixNano() >= q.at:
		// The past does not change any more.
		good = keepPast
	}
	return &answer{text: r.Result, until: m.now().Add(good)}, questionAnswered
}

// failure is what an error of asking means.
func (m *Misses) failure(err error) (*answer, questionOutcome) {
	var refused *lookup.Error
	if !errors.As(err, &refused) {
		return m.fail(fmt.Errorf("%w: %w", sdk.ErrDataPending, err), keepUnavailable), questionFailed
	}
	switch refused.Code {
	case lookup.CodeNotFound:
		return m.fail(sdk.ErrDataNotFound, keepNotFound), questionNotFound
	case lookup.CodeBadRequest:
		return m.fail(fmt.Errorf("%w: %w", sdk.ErrKeyNotSupported, err), keepRefused), questionRefused
	case lookup.CodeVersion:
		return m.fail(fmt.Errorf("%w: %w", sdk.ErrVersionNotSupported, err), keepRefused), questionRefused
	default:
		return m.fail(fmt.Errorf("%w: %w", sdk.ErrDataPending, err), keepUnavailable), questionFailed
	}
}

func (m *Misses) fail(err error, until time.Duration) *answer {
	return &answer{err: err, until: m.now().Add(until)}
}
