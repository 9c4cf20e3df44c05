package detector

import (
	"errors"
	"fmt"
	"time"

	"github.com/weirsec/weir/internal/bus"
)

// Config says how a Detector works.
type Config struct {
	// Subject returns where the detections of a partition are published.
	Subject func(partition int) string
	// EvidenceWindow is how far before and after an event's time losses on its
	// node make the evidence of its findings incomplete.
	EvidenceWindow time.Duration
}

// Default returns the configuration that fits all.
func Default() Config {
	return Config{Subject: bus.DetectionsSubject, EvidenceWindow: 10 * time.Second}
}

// Validate returns an error that names the field which makes no sense.
func (c Config) Validate() error {
	if c.Subject == nil {
		return errors.New("detector: no subject for detections")
	}
	if c.EvidenceWindow < 0 {
		return fmt.Errorf("detector: the evidence window must not be negative: %s", c.EvidenceWindow)
	}
	return nil
}
