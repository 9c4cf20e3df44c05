package integrity

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/catalogue"
)

const (
	// period is how long a change may stay unseen where no module was loaded.
	period = 10 * time.Second
	// settling is for how many turns the kernel is looked at after a module was
	// loaded: it is counted before its own code runs.
	settling = 3
)

// Scanner looks at the kernel. Tick belongs to one goroutine; Reason may be
// called by others.
type Scanner struct {
	kernel  Kernel
	procDir string
	symbols *symbols
	checks  metric.Int64Counter

	last  time.Time
	loads uint64
	// turns is how often the next turns look, whatever the time.
	turns int
	// told are the findings that are reported and still there.
	told map[catalogue.Type]map[string]bool
}

// Open returns a Scanner of the machine whose /proc is at procDir. It opens
// what needs rights; what it cannot do without them is a Reason. meter may be
// nil.
func Open(kernel Kernel, procDir string, meter metric.Meter) (*Scanner, error) {
	if meter == nil {
		meter = noop.NewMeterProvider().Meter("")
	}
	checks, err := meter.Int64Counter("weir.collector.integrity.checks",
		metric.WithDescription("Looks at what rootkits change, by event and result"), metric.WithUnit("{check}"))
	if err != nil {
		return nil, fmt.Errorf("integrity: metrics: %w", err)
	}
	lists, err := openSymbols(procDir)
	if err != nil {
		return nil, fmt.Errorf("integrity: %w", err)
	}
	return &Scanner{
		kernel: kernel, procDir: procDir, symbols: lists, checks: checks,
		told: map[catalogue.Type]map[string]bool{},
	}, nil
}

// Close frees the Scanner. It must not be called while Tick runs.
func (s *Scanner) Close() error { return s.symbols.close() }

// Tick looks at the kernel where that is due, and reports what it has not
// reported before. It is called about once a second. An error means that events
// cannot be made any more; that something could not be looked at is counted.
func (s *Scanner) Tick(now time.Time) error {
	wanted := []catalogue.Type{}
	for _, event := range []catalogue.Type{catalogue.HookedSyscall, catalogue.HookedProcFops} {
		if s.kernel.Wants(event) {
			wanted = append(wanted, event)
			continue
		}
		delete(s.told, event)
	}
	if len(wanted) == 0 {
		return nil
	}
	loads, err := s.kernel.ModuleLoads()
	if err != nil {
		return fmt.Errorf("integrity: %w", err)
	}
	if loads != s.loads {
		s.loads, s.turns = loads, settling
	}
	due := s.turns > 0 || now.Sub(s.last) >= period
	s.turns = max(0, s.turns-1)
	for _, event := range wanted {
		if _, before := s.told[event]; !before || due {
			if err := s.look(event); err != nil {
				return fmt.Errorf("integrity: %w", err)
			}
		}
	}
	if due {
		s.last = now
	}
	return nil
}

// look does one check and reports what is new.
func (s *Scanner) look(event catalogue.Type) error {
	found, err := s.check(event)
	told := s.told[event]
	still := map[string]bool{}
	for _, f := range found {
		if !told[f.key] {
			if err := s.kernel.Report(event, f.texts, f.index, f.list); err != nil {
				return err
			}
		}
		still[f.key] = true
	}
	if err != nil {
		// What was not looked at may still be there.
		for key := range told {
			still[key] = true
		}
	}
	s.told[event] = still
	result := "clean"
	switch {
	case err != nil:
		result = "incomplete"
	case len(found) > 0:
		result = "hooked"
	}
	s.checks.Add(context.Background(), 1, metric.WithAttributes(
		attribute.String("event", event.String()), attribute.String("result", result)))
	return nil
}

// check returns what is wrong. The error says that not all was looked at.
func (s *Scanner) check(event catalogue.Type) ([]finding, error) {
	where, err := s.symbols.layout()
	if err != nil {
		return nil, err
	}
	if event == catalogue.HookedSyscall {
		return s.syscalls(where)
	}
	return s.directories(where)
}

func (s *Scanner) syscalls(where layout) ([]finding, error) {
	var hooks []hook
	var errs []error
	if where.table.known() {
		memory, err := s.read(where.table, maxSyscalls*8)
		hooks, errs = checkTable(memory, where.text, syscallName), append(errs, err)
	}
	if hasDispatcher && where.dispatcher.known() {
		code, err := s.read(where.dispatcher, maxDispatcher)
		branches, stopped := checkDispatcher(code, where.dispatcher.start, where.text)
		hooks, errs = append(hooks, branches...), append(errs, err, stopped)
	}
	if len(hooks) == 0 {
		return nil, errors.Join(errs...)
	}
	whose, err := s.symbols.owners()
	var found []finding
	for _, h := range hooks {
		found = append(found, ofSyscall(h, whose.of(h.address)))
	}
	return found, errors.Join(append(errs, err)...)
}

// read reads a part of the kernel, not more than limit bytes of it.
func (s *Scanner) read(part span, limit uint64) ([]byte, error) {
	memory := make([]byte, min(part.size(), limit))
	if err := s.kernel.ReadKernel(part.start, memory); err != nil {
		return nil, err
	}
	return memory, nil
}

func (s *Scanner) directories(where layout) ([]finding, error) {
	names, err := directories(s.procDir)
	errs := []error{err}
	suspects := map[string][]pointer{}
	for _, name := range names {
		ops, err := operationsOf(s.kernel, name)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
			continue
		}
		errs = append(errs, err)
		if pointers := checkOperations(ops, where); len(pointers) > 0 {
			suspects[name] = pointers
		}
	}
	if len(suspects) == 0 {
		return nil, errors.Join(errs...)
	}
	whose, err := s.symbols.owners()
	var found []finding
	for _, name := range names {
		if pointers := suspects[name]; len(pointers) > 0 {
			found = append(found, ofDirectory(name, pointers, whose))
			delete(suspects, name)
		}
	}
	return found, errors.Join(append(errs, err)...)
}
