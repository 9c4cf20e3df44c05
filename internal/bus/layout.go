package bus

import (
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	defaultPartitions = 16
	maxPartitions     = 256
	defaultMaxBytes   = 4 << 30
	// minMaxBytes leaves each stream room for some messages of the largest size.
	minMaxBytes = 64 << 20
	day         = 24 * time.Hour
	// dedup is how long the broker knows message ids; a finding may be made
	// again by a replay after a fail-over, so that its window is longer.
	dedup         = 2 * time.Minute
	dedupFindings = 10 * time.Minute
)

// Layout says how large the streams are. Its zero value is good.
type Layout struct {
	// Partitions of the raw, events and detections streams; 0 means 16. It is
	// fixed once the streams exist.
	Partitions int
	// MaxBytes is divided among all streams and buckets; 0 means 4 GiB. The
	// oldest messages go when a stream has used up its share.
	MaxBytes int64
	// Replicas in a cluster: 1, 3 or 5; 0 means 1.
	Replicas int
	// The ages after which messages go: 0 means 24 hours for raw, 7 days for
	// events, 24 hours for detections, 30 days for findings and dead letters,
	// 7 days for shadow findings.
	RawAge, EventsAge, DetectionsAge, FindingsAge, ShadowAge, DLQAge time.Duration
}

// Validate reports every mistake in the layout.
func (l Layout) Validate() error {
	l = l.withDefaults()
	var errs []error
	if l.Partitions < 1 || l.Partitions > maxPartitions {
		errs = append(errs, fmt.Errorf("partitions are %d, want 1 to %d", l.Partitions, maxPartitions))
	}
	if l.MaxBytes < minMaxBytes {
		errs = append(errs, fmt.Errorf("storage for streams is %d bytes, want at least %d", l.MaxBytes, int64(minMaxBytes)))
	}
	switch l.Replicas {
	case 1, 3, 5:
	default:
		errs = append(errs, fmt.Errorf("replicas are %d, want 1, 3 or 5", l.Replicas))
	}
	for _, age := range []time.Duration{l.RawAge, l.EventsAge, l.DetectionsAge, l.FindingsAge, l.ShadowAge, l.DLQAge} {
		if age < time.Second {
			errs = append(errs, fmt.Errorf("age of a stream is %v, want at least 1s", age))
		}
	}
	return errors.Join(errs...)
}

func (l Layout) withDefaults() Layout {
	setDefault(&l.Partitions, defaultPartitions)
	setDefault(&l.MaxBytes, defaultMaxBytes)
	setDefault(&l.Replicas, 1)
	setDefault(&l.RawAge, day)
	setDefault(&l.EventsAge, 7*day)
	setDefault(&l.DetectionsAge, day)
	setDefault(&l.FindingsAge, 30*day)
	setDefault(&l.ShadowAge, 7*day)
	setDefault(&l.DLQAge, 30*day)
	return l
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// streams returns the configuration of every stream; the shares and those of
// the buckets add up to 100 %.
func (l Layout) streams() []jetstream.StreamConfig {
	raw := l.stream(StreamRaw, SubjectsRaw, 32, l.RawAge)
	// The broker inserts the partition, so that a collector neither needs to
	// know their number nor could choose another node's.
	raw.SubjectTransform = &jetstream.SubjectTransformConfig{
		Source:      SubjectsRaw,
		Destination: fmt.Sprintf("weir.raw.{{partition(%d,1)}}.{{wildcard(1)}}", l.Partitions),
	}
	events := l.stream(StreamEvents, SubjectsEvents, 32, l.EventsAge)
	detections := l.stream(StreamDetections, SubjectsDetections, 5, l.DetectionsAge)
	for _, s := range []*jetstream.StreamConfig{&raw, &events, &detections} {
		s.Metadata = map[string]string{partitionsKey: fmt.Sprint(l.Partitions)}
	}
	findings := l.stream(StreamFindings, SubjectsFindings, 14, l.FindingsAge)
	findings.Duplicates = min(dedupFindings, l.FindingsAge)
	return []jetstream.StreamConfig{
		raw, events, detections, findings,
		l.stream(StreamDLQ, SubjectsDLQ, 5, l.DLQAge),
		l.stream(StreamShadow, SubjectsShadow, 4, l.ShadowAge),
	}
}

func (l Layout) stream(name, subject string, percent int64, age time.Duration) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        name,
		Subjects:    []string{subject},
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		Storage:     jetstream.FileStorage,
		MaxBytes:    l.MaxBytes / 100 * percent,
		MaxAge:      age,
		Duplicates:  min(dedup, age),
		Replicas:    l.Replicas,
		AllowDirect: true,
	}
}

// buckets returns the configuration of every key-value bucket.
func (l Layout) buckets() []jetstream.KeyValueConfig {
	bucket := func(name string, history uint8, share int64) jetstream.KeyValueConfig {
		return jetstream.KeyValueConfig{
			Bucket: name, History: history, Storage: jetstream.FileStorage, Replicas: l.Replicas,
			MaxBytes: l.MaxBytes / 1000 * share,
			// Lets single keys expire, and watchers see it.
			LimitMarkerTTL: time.Minute,
		}
	}
	return []jetstream.KeyValueConfig{
		bucket(BucketMembers, 1, 2),
		bucket(BucketSignatures, 4, 12),
		bucket(BucketInterest, 1, 3),
		bucket(BucketState, 1, 55),
		bucket(BucketLedger, 1, 5),
		bucket(BucketSuppressions, 4, 3),
	}
}

// wanted returns every stream and every bucket's stream.
func (l Layout) wanted() []wanted {
	var all []wanted
	for _, s := range l.streams() {
		all = append(all, wanted{stream: s})
	}
	for _, b := range l.buckets() {
		all = append(all, wanted{bucket: &b, stream: jetstream.StreamConfig{
			Name: BucketStream(b.Bucket), MaxMsgsPerSubject: int64(b.History), MaxBytes: b.MaxBytes, Replicas: b.Replicas,
			Storage: b.Storage, AllowMsgTTL: true, SubjectDeleteMarkerTTL: b.LimitMarkerTTL,
		}})
	}
	return all
}

// PartitionCount returns into how many parts the streams are divided.
func (l Layout) PartitionCount() int { return l.withDefaults().Partitions }

// Count returns how many streams there are, those of the buckets among them.
func (l Layout) Count() int { return len(l.withDefaults().wanted()) }

// Storage returns how many bytes of disk all streams may take, replicas among
// them.
func (l Layout) Storage() int64 {
	l = l.withDefaults()
	return l.MaxBytes * int64(l.Replicas)
}
