package reload

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"

	"go.opentelemetry.io/otel/metric/noop"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/problem"
)

// Config is what a Reloader works with. Load is needed; the others may be left
// out.
type Config struct {
	// Load loads all signatures: those of the operator's request and those of
	// the bundles, by name. It is called by one goroutine at a time.
	Load func(ctx context.Context, bundles map[string]fs.FS) (*engine.Set, []problem.Problem, error)
	// Messages is where problems of files are shown to people.
	Messages io.Writer
	// Health is told the trouble of a part, "" for none, each time it changes.
	Health func(part, trouble string)
	// Bundles says where bundles come from; nil means that there are none.
	Bundles *Bundles
	// Members is told how this instance is, under its name; nil means that
	// nobody is.
	Members Members
	// Version is that of the program, for Members.
	Version string
}

// The parts that Health is told of.
const (
	partSignatures = "signatures"
	partBundles    = "bundles"
)

// Validate returns an error that names what is missing.
func (c Config) Validate() error {
	if c.Load == nil {
		return errors.New("reload: nothing to load with")
	}
	return c.Bundles.validate()
}

// withDefaults fills in what was left out.
func (c Config) withDefaults() Config {
	if c.Messages == nil {
		c.Messages = io.Discard
	}
	if c.Health == nil {
		c.Health = func(string, string) {}
	}
	return c
}

func settingsOrDefault(s stage.Settings) stage.Settings {
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	if s.Meter == nil {
		s.Meter = noop.Meter{}
	}
	return s
}
