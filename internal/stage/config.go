package stage

import (
	"errors"
	"fmt"
	"time"
)

// Defaults of Config.
const (
	defaultPartitions = 16
	defaultAckWait    = 2 * time.Second
	defaultAttempts   = 5
	defaultPinnedTTL  = 4 * time.Second
	defaultStopWait   = 10 * time.Second
	defaultMemberTTL  = 2 * time.Second
	defaultCheckpoint = 5 * time.Second
	defaultLookBack   = 10 * time.Minute
	defaultMinBackoff = 20 * time.Millisecond
	defaultMaxBackoff = 5 * time.Second
)

// Config says what a stage reads and how often it tries. Stage, Stream, Filter
// and NewHandler are needed; zero values are good for the rest.
type Config struct {
	// Stage names the stage: "enricher", "detector", … It is part of the names
	// of its consumers.
	Stage string
	// Stream is what it reads.
	Stream string
	// Output is the stream that a Reminder writes to; it may be empty for others.
	Output string
	// Partitions is into how many parts the stream is divided; 0 means 16.
	Partitions int
	// Filter returns the subjects of a partition.
	Filter func(partition int) string
	// NewHandler makes a partition's handler. It is called before anything is
	// read, once for each partition and Run.
	NewHandler func(partition int) (Handler, error)
	// AtOnce is how many messages are handled at the same time, of as many partitions;
	// 0 means all that there are. Handlers that keep a processor busy are best held
	// to the number of processors, those that wait for others are not.
	AtOnce int
	// AckWait is how long the broker waits before it gives the message of a
	// stage that died to another; 0 means 2 s. Slow handlers are not cut short:
	// they report progress meanwhile.
	AckWait time.Duration
	// MaxAttempts is after how many failures a message goes to the dead-letter
	// stream; 0 means 5.
	MaxAttempts int
	// MemberTTL is after how long without a sign of life the other instances take
	// over what one had; 0 means 2 s, the least is 1 s, in whole seconds.
	MemberTTL time.Duration
	// PinnedTTL is after how long the broker gives a partition away by itself; 0
	// means 4 s, the least is 2 s.
	PinnedTTL time.Duration
	// CheckpointEvery is how often what a Keeper remembers is stored; 0 means 5 s.
	// It is less often where making a checkpoint takes long.
	CheckpointEvery time.Duration
	// LookBack is how far back a Keeper is told what was handled before, where
	// there is no checkpoint; 0 means 10 min. The last 16,384 messages of the stream
	// are told whenever they were stored.
	LookBack time.Duration
	// Owned, if set, is called when this instance begins to own a partition, with
	// the way to ask its handler; release is called when that ends. Both must be
	// quick.
	Owned func(partition int, ask Ask) (release func())
	// StopWait is how long the message in hand may take when Run is told to
	// stop; 0 means 10 s.
	StopWait time.Duration
	// MinBackoff and MaxBackoff bound the wait before another attempt, which
	// doubles each time; 0 means 20 ms and 5 s.
	MinBackoff, MaxBackoff time.Duration
}

// Validate reports every mistake in the configuration.
func (c Config) Validate() error {
	c = c.withDefaults()
	var errs []error
	if !validName(c.Stage) {
		errs = append(errs, fmt.Errorf("stage name %q: want lower-case letters, digits and dashes", c.Stage))
	}
	if c.Stream == "" || c.Filter == nil || c.NewHandler == nil {
		errs = append(errs, errors.New("stream, filter and handler are needed"))
	}
	if c.Partitions < 1 || c.MaxAttempts < 1 || c.AtOnce < 0 {
		errs = append(errs, errors.New("partitions and attempts must be at least 1, messages at once at least 0"))
	}
	if c.PinnedTTL < 2*time.Second {
		errs = append(errs, fmt.Errorf("pinned TTL is %v, want at least 2s", c.PinnedTTL))
	}
	if c.MemberTTL < time.Second || c.MemberTTL%time.Second != 0 {
		errs = append(errs, fmt.Errorf("member TTL is %v, want whole seconds", c.MemberTTL))
	}
	if c.CheckpointEvery < 0 || c.LookBack < 0 {
		errs = append(errs, errors.New("times of checkpoints must not be negative"))
	}
	if c.AckWait < time.Second {
		errs = append(errs, fmt.Errorf("ack wait is %v, want at least 1s", c.AckWait))
	}
	if c.StopWait < 0 || c.MinBackoff <= 0 || c.MaxBackoff < c.MinBackoff {
		errs = append(errs, errors.New("waits must be positive, and the longest backoff not below the shortest"))
	}
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	setDefault(&c.Partitions, defaultPartitions)
	setDefault(&c.MaxAttempts, defaultAttempts)
	setDefault(&c.AckWait, defaultAckWait)
	setDefault(&c.PinnedTTL, defaultPinnedTTL)
	setDefault(&c.MemberTTL, defaultMemberTTL)
	setDefault(&c.CheckpointEvery, defaultCheckpoint)
	setDefault(&c.LookBack, defaultLookBack)
	setDefault(&c.StopWait, defaultStopWait)
	setDefault(&c.MinBackoff, defaultMinBackoff)
	setDefault(&c.MaxBackoff, defaultMaxBackoff)
	return c
}

func setDefault[T int | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// validName reports whether a consumer's name may begin with it.
func validName(name string) bool {
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return name != "" && len(name) <= 64
}
