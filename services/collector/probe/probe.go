package probe

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"go.opentelemetry.io/otel/metric"

	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/collector"
	"github.com/weirsec/weir/services/collector/hierarchy"
	"github.com/weirsec/weir/services/collector/integrity"
)

const (
	// burst is how many records are read before anything else is looked at.
	burst = 4096
	// linger is for how long no record must have come before the next one rings.
	// Until then the reader looks by itself: to be woken costs the process that
	// makes the record several times what the record does.
	linger = 10 * time.Millisecond
	// pollEvery is how often the kernel's counters are read.
	pollEvery = time.Second
	// settle is how long a program can still run after it was detached; it
	// takes microseconds.
	settle = 2 * time.Millisecond
)

// Config says what to load. Zero values mean the defaults.
type Config struct {
	// PriorityRing and BulkRing are the rings' sizes in bytes, powers of two;
	// 4 MiB and 16 MiB.
	PriorityRing, BulkRing int
	// TaskRate is how many events a second one process may make while the bulk
	// ring is more than half full; 20,000.
	TaskRate int
	// Exclude are further processes whose own events are not recorded, besides
	// this one: the broker, when it runs on its own.
	Exclude []int
	// Meter makes the metrics of the kernel's counters; may be nil.
	Meter metric.Meter
	// avoid are hooks to leave out, for comparing the others.
	avoid []catalogue.Hook
}

// Probe is the source of live events. Records gather in the rings from Open on.
type Probe struct {
	programs       *bpf.Programs
	priority, bulk *ring
	bell           *bell
	counters       *counters
	floods         *floods
	integrity      *integrity.Scanner
	// The numbers of the rings' records.
	prioritySeq, bulkSeq *sequence
	groups               hierarchy.Hierarchy
}

// Open loads and attaches the kernel programs. Its errors are those of bpf.Load.
func Open(cfg Config) (*Probe, error) {
	h, err := hierarchy.Find("/proc")
	if err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	programs, err := bpf.Load(bpf.Options{
		PriorityRing: cfg.PriorityRing, BulkRing: cfg.BulkRing, TaskRate: cfg.TaskRate,
		Self:       append([]int{os.Getpid()}, cfg.Exclude...),
		PidsCgroup: h.V1, CgroupHierarchy: h.ID, UnifiedMount: h.Unified, Avoid: cfg.avoid,
	})
	if err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	p := &Probe{
		programs: programs, groups: h, floods: newFloods(programs),
		prioritySeq: newSequence(), bulkSeq: newSequence(),
	}
	if err := p.open(cfg.Meter); err != nil {
		return nil, errors.Join(fmt.Errorf("probe: %w", err), p.Close())
	}
	return p, nil
}

func (p *Probe) open(meter metric.Meter) (err error) {
	priority, bulk := p.programs.Rings()
	if p.priority, err = openRing(priority); err != nil {
		return err
	}
	if p.bulk, err = openRing(bulk); err != nil {
		return err
	}
	if p.bell, err = openBell(p.programs.Doorbell(), p.priority, p.bulk); err != nil {
		return err
	}
	if p.integrity, err = integrity.Open(p.programs, "/proc", meter); err != nil {
		return err
	}
	p.counters, err = newCounters(p.programs, meter)
	return err
}

// SetInterest switches on the wanted events of syscalls and no others, at once.
// Processes and cgroups are always on. It may be called at any time.
func (p *Probe) SetInterest(wanted interest.Interest) error { return p.programs.SetInterest(wanted) }

// SetHostCgroup says whether a cgroup is known to belong to no container.
func (p *Probe) SetHostCgroup(id uint64, host bool) error { return p.programs.SetHostCgroup(id, host) }

// Attachments says for each event how it is observed or why not.
func (p *Probe) Attachments() []bpf.Attachment {
	list := p.programs.Attachments()
	p.integrity.Explain(list)
	return list
}

// Tier names the kind of programs that the kernel takes: "fast", "typed" or
// "compat".
func (p *Probe) Tier() string { return p.programs.Tier() }

// Counters returns the kernel's own counts.
func (p *Probe) Counters() ([]bpf.Counter, error) { return p.programs.Counters() }

// Skips returns the kernel's counts of packets that may have been DNS and were
// not recorded.
func (p *Probe) Skips() ([]bpf.Skip, error) { return p.programs.Skips() }

// Close frees everything. It must not be called while Run runs.
func (p *Probe) Close() error {
	var errs []error
	if p.bell != nil {
		errs = append(errs, p.bell.close())
	}
	for _, r := range []*ring{p.priority, p.bulk} {
		if r != nil {
			errs = append(errs, r.close())
		}
	}
	if p.integrity != nil {
		errs = append(errs, p.integrity.Close())
	}
	return errors.Join(append(errs, p.programs.Close())...)
}

// Run hands over records until ctx ends; then it detaches the programs and
// hands over what is still in the rings and the last counts. It can be called
// once.
func (p *Probe) Run(ctx context.Context, to collector.Sink) error {
	defer p.bell.stopOn(ctx)()
	came := false // since the last linger
	for ctx.Err() == nil {
		n := p.drain(to)
		came = came || n > 0
		if err := p.account(to, pollEvery); err != nil {
			return err
		}
		if n == burst {
			continue
		}
		var err error
		switch due := to.Idle(); {
		case due > 0:
			err = p.bell.sleep(min(due, pollEvery), onFilled, p.filled)
		case came:
			came = false
			err = p.bell.sleep(linger, onFilled, p.filled)
		default:
			err = p.bell.sleep(pollEvery, onRecord, p.arrived)
		}
		if err != nil {
			return err
		}
	}
	if err := p.programs.Detach(); err != nil {
		return fmt.Errorf("probe: detach: %w", err)
	}
	// A program that was running while it was detached may still be writing.
	for range 2 {
		for p.drain(to) > 0 {
		}
		time.Sleep(settle)
	}
	return p.account(to, 0)
}

// account reports, where the last time is at least every ago, what the kernel
// counted as lost, who made too much, and gaps that nothing explains.
func (p *Probe) account(to collector.Sink, every time.Duration) error {
	counted, err := p.counters.poll(to, every)
	if err != nil || !counted {
		return err
	}
	p.counters.gaps(to, p.prioritySeq.unexplained(p.counters.full.priority)+p.bulkSeq.unexplained(p.counters.full.bulk))
	if every > 0 {
		// Not at the end, when the programs are detached.
		if err := p.integrity.Tick(time.Now()); err != nil {
			return fmt.Errorf("probe: %w", err)
		}
	}
	return p.floods.tell(to, p.counters.full.throttled)
}

// Wake makes Run look at its sink soon, though there may be no records. It may
// be called at any time before Close.
func (p *Probe) Wake() { p.bell.wake() }

func (p *Probe) filled() bool { return p.priority.filled(filledPart) || p.bulk.filled(filledPart) }

func (p *Probe) arrived() bool { return p.priority.peek() != nil || p.bulk.peek() != nil }

// drain hands over up to burst records, the earlier of the rings' next first.
// The priority ring is looked at after the bulk ring: whatever happened before
// a bulk record is then visible, a fork before what its child does.
func (p *Probe) drain(to collector.Sink) (n int) {
	for ; n < burst; n++ {
		b := p.bulk.peek()
		a := p.priority.peek()
		switch {
		case a != nil && (b == nil || kernelTime(a) <= kernelTime(b)):
			to.Record(a)
			p.prioritySeq.see(a)
			p.priority.advance(len(a))
		case b != nil:
			to.Record(b)
			p.bulkSeq.see(b)
			p.bulk.advance(len(b))
		default:
			p.priority.release()
			p.bulk.release()
			return n
		}
	}
	return n
}

// kernelTime is the field time of a record's header.
func kernelTime(rec []byte) uint64 { return binary.LittleEndian.Uint64(rec[16:]) }

// Tallies returns how many events the kernel has seen and what became of them,
// as of the last look at its counters: seen is the sum of the other states. It is
// for the goroutine of Run.
func (p *Probe) Tallies() map[string]uint64 { return p.counters.tallies() }
