package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/services/collector"
	"github.com/weirsec/weir/services/collector/probe"
	"github.com/weirsec/weir/services/collector/runtimes"
	"github.com/weirsec/weir/services/collector/snapshot"
)

// Machine is this machine, watched.
type Machine struct {
	node       string
	set        stage.Settings
	probe      *probe.Probe
	containers *runtimes.Watcher
}

// Open loads the kernel programs. Where they cannot be loaded the error says
// what is missing and what works without it.
func Open(cfg Config, set stage.Settings) (*Machine, error) {
	containers, err := cfg.watcher(set)
	if err != nil {
		return nil, err
	}
	node := cfg.Node
	if node == "" {
		host, err := os.Hostname()
		if err != nil {
			return nil, fmt.Errorf("name this machine (set --node): %w", err)
		}
		node = host
	}
	p, err := probe.Open(probe.Config{Meter: set.Meter})
	if err != nil {
		return nil, loadError(err)
	}
	return &Machine{node: node, set: set, probe: p, containers: containers}, nil
}

// loadError adds what the user can do about an error of probe.Open.
func loadError(err error) error {
	hint := "'weir demo' shows a recorded attack on any machine, and 'weir analyze' looks at recorded events"
	if _, ok := errors.AsType[*bpf.CapabilityError](err); ok {
		hint = "Run it as root ('sudo weir run'); without root, " + hint
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
	source := collector.Beside(collector.Chain(there, m.probe), m.containers)
	return collector.New(collector.Config{Node: m.node, Subject: subject}, source, pub, m.set)
}

// SetInterest makes the kernel programs report these events and no others. A
// refusal is logged: what was reported before goes on.
func (m *Machine) SetInterest(ctx context.Context, events []string) {
	if err := m.probe.SetInterest(events); err != nil {
		m.set.Logger.LogAttrs(ctx, slog.LevelError, "the events that signatures want are not switched on",
			slog.Any("error", err))
	}
}

// Attachments says for each event how it is observed, or why not.
func (m *Machine) Attachments() []bpf.Attachment { return m.probe.Attachments() }

// Close frees the kernel programs. It must not be called while the collector
// runs.
func (m *Machine) Close() error { return m.probe.Close() }
