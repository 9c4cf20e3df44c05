package stage

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/weirsec/weir/internal/bus"
)

const (
	// renewals is how often a member says that it lives before it would be
	// forgotten. bus.WatchMembers counts on it where the broker does not forget.
	renewals = 3
	// leaveTimeout bounds saying good-bye; without it the member is forgotten
	// after its time to live.
	leaveTimeout = 2 * time.Second
)

// membership says that an instance of a stage lives and learns who else does.
type membership struct {
	conn   *bus.Conn
	kind   string
	self   string
	ttl    time.Duration
	logger *slog.Logger

	mu sync.Mutex
	// members is who lives, this instance among them, and changed is told about
	// it.
	members []string
	changed chan struct{}
}

func newMembership(conn *bus.Conn, cfg Config, instance string, logger *slog.Logger) *membership {
	// Two processes may be given one name, and a process that was started again
	// is not the one that died.
	self := instance + "/" + rand.Text()[:8]
	return &membership{
		conn: conn, kind: memberKind(cfg.Stage), self: self, ttl: cfg.MemberTTL, logger: logger,
		changed: make(chan struct{}, 1),
	}
}

// memberKind is how the instances of a stage are called in the bucket.
func memberKind(stage string) string { return "stage-" + stage }

// join says that the instance lives. It fails where the broker does not let it:
// nobody would leave it anything to do.
func (m *membership) join(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, openWait)
	defer cancel()
	for {
		err := m.conn.PutMember(ctx, m.kind, m.self, nil, m.ttl)
		if err == nil {
			return nil
		}
		if errors.Is(err, bus.ErrDenied) || !waitFor(ctx, openRetry) {
			return fmt.Errorf("join the others: %w", err)
		}
	}
}

// run keeps the membership alive and follows the others' until ctx ends.
func (m *membership) run(ctx context.Context) error {
	var renewing sync.WaitGroup
	defer renewing.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	renewing.Go(func() { m.renew(ctx) })
	return m.conn.WatchMembers(ctx, m.kind, m.set)
}

func (m *membership) renew(ctx context.Context) {
	ticker := time.NewTicker(m.ttl / renewals)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		// While the broker is away nobody can take anything over either.
		limited, cancel := context.WithTimeout(ctx, m.ttl/renewals)
		if err := m.conn.PutMember(limited, m.kind, m.self, nil, m.ttl); err != nil {
			m.logger.DebugContext(ctx, "membership not renewed", slog.Any("error", err))
		}
		cancel()
	}
}

// leave says good-bye, so that the others need not wait.
func (m *membership) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
	defer cancel()
	if err := m.conn.DropMember(ctx, m.kind, m.self); err != nil {
		m.logger.DebugContext(ctx, "membership not ended", slog.Any("error", err))
	}
}

func (m *membership) set(members []string) {
	// Whoever works lives, even where its last sign of life came too late.
	if !slices.Contains(members, m.self) {
		members = append(slices.Clone(members), m.self)
	}
	m.mu.Lock()
	m.members = members
	m.mu.Unlock()
	select {
	case m.changed <- struct{}{}:
	default:
	}
}

// current returns who lives; nil before that is known.
func (m *membership) current() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.members
}
