package runtimes

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/metric"
)

// Config says which runtimes to watch and how. Zero values mean the defaults.
type Config struct {
	// Endpoints are the runtimes; none means that there is nothing to do.
	Endpoints []Endpoint
	// PollEvery is how often a runtime that tells of no changes is asked for its
	// list, 1 s; ListEvery how often one that does is, 1 min.
	PollEvery, ListEvery time.Duration
	// RetellEvery is how often a container that runs is told of though nothing is
	// new about it, 10 min: then nobody lacks its facts for longer.
	RetellEvery time.Duration
	// Patience is how long a runtime may take for one answer, 5 s.
	Patience time.Duration
	// RetryLeast and RetryMost are how long a runtime that cannot be reached is
	// left alone: the first time, 500 ms, then twice as long each time up to
	// 30 s. RetryLeast is also how often is looked for a socket that is not there.
	RetryLeast, RetryMost time.Duration
	// AsksPerSecond bounds how often a runtime is asked because a cgroup has
	// appeared, 50.
	AsksPerSecond int

	// Logger is told when a runtime comes and goes; Meter makes the metrics.
	// Both may be nil.
	Logger *slog.Logger
	Meter  metric.Meter
}

func (c Config) withDefaults() Config {
	or := func(d *time.Duration, def time.Duration) {
		if *d == 0 {
			*d = def
		}
	}
	or(&c.PollEvery, time.Second)
	or(&c.ListEvery, time.Minute)
	or(&c.RetellEvery, 10*time.Minute)
	or(&c.Patience, 5*time.Second)
	or(&c.RetryLeast, 500*time.Millisecond)
	or(&c.RetryMost, 30*time.Second)
	if c.AsksPerSecond == 0 {
		c.AsksPerSecond = 50
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Validate reports the first setting that cannot work; zero values can.
func (c Config) Validate() error {
	c = c.withDefaults()
	seen := map[string]bool{}
	for _, e := range c.Endpoints {
		switch {
		case e.Kind != kindDocker && e.Kind != kindCRI:
			return fmt.Errorf("container runtimes: kind %q: want docker or cri", e.Kind)
		case e.Socket == "":
			return errors.New("container runtimes: an endpoint without a socket")
		case seen[e.Socket]:
			return fmt.Errorf("container runtimes: %s is given twice", e.Socket)
		}
		seen[e.Socket] = true
	}
	for name, d := range map[string]time.Duration{
		"poll every": c.PollEvery, "list every": c.ListEvery, "retell every": c.RetellEvery,
		"patience": c.Patience, "retry": c.RetryLeast,
	} {
		if d < time.Millisecond {
			return fmt.Errorf("container runtimes: %s %s: want at least 1ms", name, d)
		}
	}
	if c.RetryMost < c.RetryLeast {
		return fmt.Errorf("container runtimes: retry at most %s is less than at least %s", c.RetryMost, c.RetryLeast)
	}
	if c.AsksPerSecond < 1 {
		return fmt.Errorf("container runtimes: %d questions a second: want at least 1", c.AsksPerSecond)
	}
	return nil
}
