package bucket

import (
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/signatures/sdk"
)

const (
	// SchemaKey is the key whose value describes the results; it is no key of the
	// source.
	SchemaKey = "_schema"
	version   = 1
	// entryBytes is about what an entry takes besides its texts, and factor how
	// much larger a value is in memory than as JSON.
	entryBytes, factor = 256, 3
	// sweepEvery is how often what has expired is looked for.
	sweepEvery = time.Minute
	// maxNamed bounds how many bad keys are named in the log.
	maxNamed = 1000
)

// Source is a bucket as a data source. It is safe for concurrent use.
type Source struct {
	spec  Spec
	log   *slog.Logger
	now   func() time.Time
	count counts

	// ready is closed when the bucket has been read for the first time.
	ready chan struct{}
	once  sync.Once

	mu      sync.RWMutex
	entries map[string]entry
	bytes   int
	schema  string
	// round numbers the readings of the whole bucket.
	round uint64
	// named are the keys that were told to be bad; swept is when what has expired
	// was looked for.
	named map[string]struct{}
	swept time.Time
}

// entry is one key.
type entry struct {
	value   map[string]any
	size    int
	expires time.Time
	round   uint64
}

func (e *entry) over(now time.Time) bool { return !e.expires.IsZero() && !now.Before(e.expires) }

// New returns a Source that knows nothing until Run has read its bucket. A nil
// logger discards.
func New(spec Spec, log *slog.Logger) *Source {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Source{
		spec: spec, log: log.With(slog.String("source", spec.String()), slog.String("bucket", spec.Bucket)), now: time.Now,
		ready: make(chan struct{}), entries: make(map[string]entry), named: make(map[string]struct{}), schema: "{}",
	}
}

// Namespace and ID name the source.
func (s *Source) Namespace() string { return s.spec.Namespace }

// ID names the source.
func (s *Source) ID() string { return s.spec.ID }

// Version is that of the way in which values become results.
func (*Source) Version() uint { return version }

// Keys says that texts are taken.
func (*Source) Keys() []string { return []string{"string"} }

// Schema is what the bucket's key SchemaKey says, "{}" where there is none.
func (s *Source) Schema() string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.schema
}

// Get returns what the bucket holds for a key, see ParseValue. The result is the
// caller's. Until the bucket has been read once, nothing is found yet.
func (s *Source) Get(key any) (map[string]any, error) {
	name, ok := key.(string)
	if !ok {
		hint := ""
		if t := reflect.TypeOf(key); t != nil && t.Kind() == reflect.Pointer {
			hint = ": give it by value"
		}
		return nil, fmt.Errorf("%w: %s takes texts, no %T%s", sdk.ErrKeyNotSupported, s.spec, key, hint)
	}
	s.mu.RLock()
	e, ok := s.entries[name]
	s.mu.RUnlock()
	if !ok || e.over(s.now()) {
		select {
		case <-s.ready:
			return nil, sdk.ErrDataNotFound
		default:
			return nil, sdk.ErrDataPending
		}
	}
	result, _ := own(e.value).(map[string]any)
	return result, nil
}

// begin starts a reading of the whole bucket.
func (s *Source) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.round++
}

// end ends it: what was not told is not there any more.
func (s *Source) end() {
	s.mu.Lock()
	for name, e := range s.entries {
		if e.round != s.round {
			s.drop(name)
			s.count.removed.Add(1)
		}
	}
	n, bytes := len(s.entries), s.bytes
	s.mu.Unlock()
	s.once.Do(func() {
		close(s.ready)
		s.log.Info("data source is read", slog.Int("keys", n), slog.Int("bytes", bytes))
	})
}

// change takes in a change of the bucket.
func (s *Source) change(b bus.BucketEntry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.now(); now.Sub(s.swept) >= sweepEvery {
		s.sweep(now)
	}
	switch {
	case b.Name == SchemaKey:
		s.describe(b)
	case b.Removed:
		if _, known := s.entries[b.Name]; known {
			s.drop(b.Name)
			s.count.removed.Add(1)
		}
		delete(s.named, b.Name)
	default:
		s.put(b)
	}
}

// put takes in a value. One that cannot be taken in is not there: what was there
// before is not what the bucket says.
func (s *Source) put(b bus.BucketEntry) {
	s.drop(b.Name)
	value, err := ParseValue(b.Value)
	if err != nil {
		s.count.unreadable.Add(1)
		s.name(b.Name, "value is not understood and left out", err)
		return
	}
	e := entry{value: value, size: entryBytes + len(b.Name) + factor*len(b.Value), expires: b.Expires, round: s.round}
	if s.bytes+e.size > s.spec.MaxBytes {
		s.sweep(s.now())
	}
	if s.bytes+e.size > s.spec.MaxBytes {
		s.count.full.Add(1)
		s.name(b.Name, "there is no room for the value, it is left out: raise max-bytes of the data source", nil)
		return
	}
	s.entries[b.Name] = e
	s.bytes += e.size
	s.count.put.Add(1)
	delete(s.named, b.Name)
}

func (s *Source) describe(b bus.BucketEntry) {
	if b.Removed {
		s.schema = "{}"
		return
	}
	schema, err := ParseSchema(b.Value)
	if err != nil {
		s.count.unreadable.Add(1)
		s.name(b.Name, "schema is not understood and left out", err)
		return
	}
	s.schema = schema
	delete(s.named, b.Name)
}

// name tells of a key that is left out, once.
func (s *Source) name(key, message string, err error) {
	if _, told := s.named[key]; told || len(s.named) >= maxNamed {
		return
	}
	s.named[key] = struct{}{}
	attrs := []any{slog.String("key", key)}
	if err != nil {
		attrs = append(attrs, slog.Any("error", err))
	}
	s.log.Warn(message, attrs...) //nolint:sloglint // its callers give constants
}

func (s *Source) drop(name string) {
	if e, ok := s.entries[name]; ok {
		s.bytes -= e.size
		delete(s.entries, name)
	}
}

// sweep drops what has expired.
func (s *Source) sweep(now time.Time) {
	s.swept = now
	for name, e := range s.entries {
		if e.over(now) {
			s.drop(name)
			s.count.removed.Add(1)
		}
	}
}
