package load

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/plugin"
	"github.com/weirsec/weir/services/detector/source"
	"github.com/weirsec/weir/signatures"
	"github.com/weirsec/weir/signatures/sdk"
)

// Request says which signatures are wanted. The zero Request asks for the
// stable pack.
type Request struct {
	// Pack is the name of a shipped pack, or "none". Where it is empty the
	// stable pack is loaded if there are no Dirs, and none otherwise.
	Pack string
	// Dirs are directories with signatures, loaded besides the pack.
	Dirs []string
	// Only picks signatures by id or event name; empty picks all.
	Only []string
	// Timeout is the longest that one evaluation in Rego may take; 0 means one
	// second.
	Timeout time.Duration
	// Reference has OPA's own evaluator evaluate all signatures in Rego; for
	// tools that compare.
	Reference bool
	// Limits are the engine's.
	Limits engine.Limits
	// Sources are data sources besides Weir's own.
	Sources []sdk.DataSource
	// Misses asks the enrichers for what Weir's own sources do not know; nil asks
	// nobody.
	Misses *source.Misses
	// Logger is what signatures from plugins log to; nil discards it.
	Logger *slog.Logger

	// plugins remembers the plugins that the process has; nil makes a new one
	// for each Load.
	plugins *plugin.Loader
}

// Validate returns an error where the request could never be met: an unknown
// pack, an empty directory name, an impossible limit.
func (r Request) Validate() error {
	if _, err := r.pack(); err != nil {
		return err
	}
	if slices.Contains(r.Dirs, "") {
		return errors.New("the name of a signature directory is empty")
	}
	if r.Timeout < 0 {
		return fmt.Errorf("the time for an evaluation must not be negative: %s", r.Timeout)
	}
	return r.Limits.Validate()
}

// pack returns the shipped pack that is asked for.
func (r Request) pack() (signatures.Pack, error) {
	name := r.Pack
	if name == "" {
		name = signatures.DefaultPack
		if len(r.Dirs) > 0 {
			name = "none"
		}
	}
	var known []string
	for _, p := range signatures.Packs() {
		if p.Name == name {
			return p, nil
		}
		known = append(known, p.Name)
	}
	return signatures.Pack{}, fmt.Errorf("no pack %q: the packs are %s", name, strings.Join(known, ", "))
}
