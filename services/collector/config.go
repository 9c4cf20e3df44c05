package collector

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector/spool"
)

// Config says how records become batches. Zero values mean the defaults, but
// for Subject, which the wiring main must give.
type Config struct {
	// Node is this machine's name; default: the host name.
	Node string
	// BootID is the kernel's boot id; default: what the kernel says.
	BootID string
	// Subject returns the subject that batches of a node are published to.
	Subject func(node string) string

	// A batch is sent at BatchEvents events (1,024), BatchBytes bytes of records
	// (192 KiB, or QueueBytes where that is less) or BatchAge after its first record (10 ms).
	BatchEvents, BatchBytes int
	BatchAge                time.Duration
	// Heartbeat is how long after its last events a node says that there are none,
	// by a batch without, 1 s; then it does so after twice as long each time, for
	// about a minute. Who holds back events until more is known of them counts on it.
	Heartbeat time.Duration
	// QueueBytes bounds what waits for the broker, 64 MiB. A quarter and two
	// batches more are for records of the priority class alone.
	QueueBytes int
	// Tallies, if set, returns how many events the source has counted since it
	// began, by state. It is called by the goroutine of the source, about once a
	// second.
	Tallies func() map[string]uint64
	// StopTimeout is how long Run goes on publishing once it is told to stop,
	// 10 s; what is left then is lost, counted and an error.
	StopTimeout time.Duration

	// Spool keeps batches on disk while the broker does not take them; nil means
	// that they wait in memory alone. It is not closed.
	Spool *spool.Spool
	// SpoolAfter is how long a batch may wait for the broker before it and all
	// behind it go to disk, 1 s. They go earlier where half of QueueBytes waits.
	SpoolAfter time.Duration
	// Trouble, where it is set, is told what is wrong while batches do not reach
	// the broker, and "" when all is well again. It must not block.
	Trouble func(text string)
	// calm is how long that must last; attempt is the sender's.
	calm, attempt time.Duration
}

// maxBatchBytes keeps a message below 256 KiB whatever its last record is.
const maxBatchBytes = 192 << 10

// withDefaults fills in what is zero.
func (c Config) withDefaults() (Config, error) {
	if c.Node == "" {
		name, err := os.Hostname()
		if err != nil {
			return c, fmt.Errorf("collector: host name: %w", err)
		}
		c.Node = name
	}
	if c.BootID == "" {
		id, err := readBootID()
		if err != nil {
			return c, err
		}
		c.BootID = id
	}
	orInt := func(v *int, def int) {
		if *v == 0 {
			*v = def
		}
	}
	orInt(&c.BatchEvents, 1024)
	orInt(&c.QueueBytes, 64<<20)
	orInt(&c.BatchBytes, min(maxBatchBytes, max(c.QueueBytes, 1)))
	if c.BatchAge == 0 {
		c.BatchAge = 10 * time.Millisecond
	}
	if c.Heartbeat == 0 {
		c.Heartbeat = time.Second
	}
	if c.StopTimeout == 0 {
		c.StopTimeout = 10 * time.Second
	}
	if c.SpoolAfter == 0 {
		c.SpoolAfter = time.Second
	}
	if c.calm == 0 {
		c.calm = calm
	}
	if c.attempt == 0 {
		c.attempt = attemptTime
	}
	return c, nil
}

// Validate reports the first setting that cannot work; zero values can.
func (c Config) Validate() error {
	c, err := c.withDefaults()
	switch {
	case err != nil:
		return err
	case c.Subject == nil:
		return errors.New("collector: no subject to publish to")
	case c.BatchEvents < 0 || c.BatchEvents > 65536:
		return fmt.Errorf("collector: batches of %d events: want 1 to 65536", c.BatchEvents)
	case c.BatchBytes < 0 || c.BatchBytes > maxBatchBytes:
		return fmt.Errorf("collector: batches of %d bytes: want 1 to %d", c.BatchBytes, maxBatchBytes)
	case c.BatchAge < 0 || c.BatchAge > 10*time.Second:
		return fmt.Errorf("collector: batch age %s: want up to 10s", c.BatchAge)
	case c.Heartbeat < 10*time.Millisecond || c.Heartbeat > record.MaxHold:
		return fmt.Errorf("collector: heartbeat %s: want 10ms to %s", c.Heartbeat, record.MaxHold)
	case c.QueueBytes < c.BatchBytes:
		return fmt.Errorf("collector: a queue of %d bytes is less than a batch of %d", c.QueueBytes, c.BatchBytes)
	case c.SpoolAfter < 0:
		return fmt.Errorf("collector: going to disk after %s: it must not be negative", c.SpoolAfter)
	case c.StopTimeout < 0:
		return fmt.Errorf("collector: stop timeout %s is negative", c.StopTimeout)
	}
	return nil
}
