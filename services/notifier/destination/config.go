package destination

import (
	"errors"
	"time"
)

// Config says how a Deliverer treats its destination. The zero value is good.
type Config struct {
	// Attempts is how often delivery of one finding is tried; 0 means 3.
	Attempts int
	// Backoff is the time before the second attempt, doubled before each
	// further one; 0 means 100 ms.
	Backoff time.Duration
	// Remember is how many findings are remembered to recognise duplicates; 0
	// means 4096, some 600 KB.
	Remember int
}

// Validate returns an error for values that make no sense.
func (c Config) Validate() error {
	if c.Attempts < 0 || c.Backoff < 0 || c.Remember < 0 {
		return errors.New("destination: attempts, backoff and remember must not be negative")
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.Attempts == 0 {
		c.Attempts = 3
	}
	if c.Backoff == 0 {
		c.Backoff = 100 * time.Millisecond
	}
	if c.Remember == 0 {
		c.Remember = 4096
	}
	return c
}
