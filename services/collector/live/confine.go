package live

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/weirsec/weir/services/collector"
	"github.com/weirsec/weir/services/collector/privilege"
)

// Rights says which capabilities there were at the start, and what is lost for
// want of others.
func (m *Machine) Rights() []privilege.Row { return m.rights }

// Confine gives up, for the whole process and for good, every capability but
// those that the machine and the caller still need. What it needs to read the
// processes that run already is given up once they are read. It is called after
// everything that asks for rights was opened and before the collector runs; an
// error means that the process should end.
func (m *Machine) Confine(keep ...privilege.Keep) (privilege.Dropped, error) {
	m.kept = keep
	needed, err := privilege.MapsNeedBPF()
	if err != nil {
		return privilege.Dropped{}, err
	}
	// The second is for kernels that ask for it against expectation.
	if needed || privilege.Without(m.useMaps) != nil {
		m.kept = append(slices.Clone(m.kept), privilege.Keep{Name: privilege.BPF, Because: "to use maps, which this kernel asks it for"})
	}
	reading := privilege.Keep{Name: privilege.SysPtrace, Because: "until running processes are read"}
	done, err := privilege.Drop(append(slices.Clone(m.kept), reading)...)
	m.confined = err == nil
	return done, err
}

// useMaps reads maps as the collector does while it runs.
func (m *Machine) useMaps() error {
	_, err := m.probe.Counters()
	return err
}

// confinement is a source without events that stands behind the snapshot: it
// gives up what only that needed.
type confinement struct {
	machine *Machine
	partial func() int
}

// Run gives up the rights, where Confine was called, and ends.
func (c confinement) Run(ctx context.Context, _ collector.Sink) error {
	log := c.machine.set.Logger
	if n := c.partial(); n > 0 {
		log.LogAttrs(ctx, slog.LevelWarn, "program or namespaces of processes that were there before may not be read",
			slog.Int("processes", n))
	}
	if !c.machine.confined {
		return nil
	}
	done, err := privilege.Drop(c.machine.kept...)
	if err != nil {
		return fmt.Errorf("after the snapshot: %w", err)
	}
	log.LogAttrs(ctx, slog.LevelInfo, "running processes are read", slog.String("privileges", done.String()))
	return nil
}
