package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"go.opentelemetry.io/otel/metric/noop"

	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/collector"
	"github.com/weirsec/weir/services/collector/privilege"
	"github.com/weirsec/weir/services/collector/probe"
	"github.com/weirsec/weir/services/collector/runtimes"
	"github.com/weirsec/weir/services/collector/snapshot"
	"github.com/weirsec/weir/services/collector/spool"
)

// Machine is this machine, watched.
type Machine struct {
	node       string
	set        stage.Settings
	probe      *probe.Probe
	containers *runtimes.Watcher
	// rights are the capabilities at the start; confined says that those which
	// are not needed were given up, kept which stay to the end.
	rights   []privilege.Row
	confined bool
	kept     []privilege.Keep
	// spool is nil where batches wait in memory alone.
	spool   *spool.Spool
	trouble func(text string)
}

// Open loads the kernel programs. Where they cannot be loaded the error says
// what is missing and what works without it.
func Open(cfg Config, set stage.Settings) (*Machine, error) {
	if set.Meter == nil {
		set.Meter = noop.Meter{}
	}
	if set.Logger == nil {
		set.Logger = slog.New(slog.DiscardHandler)
	}
	containers, err := cfg.watcher(set)
	if err != nil {
		return nil, err
	}
	node, err := cfg.NodeName()
	if err != nil {
		return nil, err
	}
	rights, err := privilege.Check()
	if err != nil {
		return nil, loadError(err)
	}
	if err := privilege.Measure(set.Meter, rights); err != nil {
		return nil, err
	}
	p, err := probe.Open(probe.Config{Meter: set.Meter})
	if err != nil {
		return nil, loadError(err)
	}
	return &Machine{node: node, set: set, probe: p, rights: rights, containers: containers}, nil
}

// loadError adds what the user can do about an error of probe.Open.
func loadError(err error) error {
	hint := "'weir demo' shows a recorded attack on any machine, and 'weir analyze' looks at recorded events"
	if _, ok := errors.AsType[*privilege.MissingError](err); ok {
		hint = "Run it as root ('sudo weir run') or as a user with these capabilities (docs/security.md); without, " + hint
	}
	return fmt.Errorf("cannot watch this machine: %w.\n%s", err, hint)
}

// Node returns the machine's name in events.
func (m *Machine) Node() string { return m.node }

// Collector returns the collector that publishes this machine's events: first
// what is there already, then what happens, and beside both what the container
// runtimes tell. subject returns where the events of a node go.
func (m *Machine) Collector(pub collector.Publisher, subject func(node string) string) (*collector.Collector, error) {
	there, err := snapshot.New("/proc")
	if err != nil {
		return nil, err
	}
	main := hostCgroups{
		from: collector.Chain(there, confinement{m, there.Partial}, m.probe),
		tell: func(id uint64, host bool) { _ = m.probe.SetHostCgroup(id, host) },
	}
	sources := collector.Beside(main, m.containers)
	cfg := collector.Config{
		Node: m.node, Subject: subject, Spool: m.spool, Trouble: m.trouble, Tallies: m.probe.Tallies,
	}
	return collector.New(cfg, sources, pub, m.set)
}

// SetInterest makes the kernel programs report what is wanted, and as little
// else as they can. A refusal is logged: what was reported before goes on.
func (m *Machine) SetInterest(ctx context.Context, wanted interest.Interest) {
	if err := m.probe.SetInterest(wanted); err != nil {
		m.set.Logger.LogAttrs(ctx, slog.LevelError, "the events that signatures want are not switched on",
			slog.Any("error", err))
	}
}

// Attachments says for each event how it is observed, or why not.
func (m *Machine) Attachments() []bpf.Attachment { return m.probe.Attachments() }

// Tier names the kind of programs that the kernel takes: "fast", "typed" or
// "compat".
func (m *Machine) Tier() string { return m.probe.Tier() }

// Close frees the kernel programs and the spool. It must not be called while the
// collector runs.
func (m *Machine) Close() error {
	if m.spool == nil {
		return m.probe.Close()
	}
	return errors.Join(m.probe.Close(), m.spool.Close())
}
