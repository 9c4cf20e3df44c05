package analysis

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/weirsec/weir/schemas/finding"
)

// Config says how to analyse.
type Config struct {
	// Workers is how many pieces are worked on at once; 0 means one for each
	// processor.
	Workers int
	// MaxBytes bounds the input that is read and not yet delivered, but for one
	// piece that is larger than that; 0 means 64 MiB.
	MaxBytes int64
	// Ordered says that signatures remember events, so that they must see all of
	// them one after another.
	Ordered bool
	// Render makes the text that a finding is delivered as. It is called by
	// several goroutines at once.
	Render func(*finding.Detection) ([]byte, error)
	// Keep says that the events are wanted with the outcome.
	Keep bool
}

// Validate returns an error that names the field which makes no sense.
func (c Config) Validate() error {
	switch {
	case c.Workers < 0:
		return fmt.Errorf("analysis: workers must not be negative: %d", c.Workers)
	case c.MaxBytes < 0:
		return fmt.Errorf("analysis: the bytes in work must not be negative: %d", c.MaxBytes)
	case c.Render == nil:
		return errors.New("analysis: nothing renders findings")
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = 64 << 20
	}
	return c
}
