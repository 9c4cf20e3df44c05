package notifier

import (
	"errors"

	"github.com/weirsec/weir/internal/bus"
)

// Config says how the notifier works. The zero value is good.
type Config struct {
	// Subject returns where a finding is published; nil means
	// bus.FindingSubject.
	Subject func(severity, signatureID string) string
	// Remember is how many committed findings are remembered, so that a
	// message which is delivered again is neither counted nor traced twice; 0
	// means 4096.
	Remember int
}

// Validate returns an error for values that make no sense.
func (c Config) Validate() error {
	if c.Remember < 0 {
		return errors.New("notifier: remember must not be negative")
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.Subject == nil {
		c.Subject = bus.FindingSubject
	}
	if c.Remember == 0 {
		c.Remember = 4096
	}
	return c
}
