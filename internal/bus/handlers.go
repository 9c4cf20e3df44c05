package bus

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	reconnectWait = 250 * time.Millisecond
	// maxDenied bounds what is remembered of refused subjects.
	maxDenied = 256
)

// options are the client's settings: reconnect for ever, and buffer nothing
// while disconnected, because whoever publishes keeps the message anyway.
func (c *Conn) options(cfg Config, o options) ([]nats.Option, error) {
	opts := []nats.Option{
		nats.Name(cfg.Name),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.ReconnectBufSize(-1),
		nats.ErrorHandler(c.onError),
		nats.DisconnectErrHandler(c.onDisconnect),
		nats.ReconnectHandler(c.onReconnect),
		nats.ClosedHandler(func(*nats.Conn) { close(c.closed) }),
	}
	if o.dialer != nil {
		return append(opts, nats.InProcessServer(o.dialer)), nil
	}
	if cfg.CredsFile != "" {
		opts = append(opts, nats.UserCredentials(cfg.CredsFile))
	}
	if cfg.NKeyFile != "" {
		nkey, err := nats.NkeyOptionFromSeed(cfg.NKeyFile)
		if err != nil {
			return nil, fmt.Errorf("read nkey file %s: %w", cfg.NKeyFile, err)
		}
		opts = append(opts, nkey)
	}
	if cfg.TLSCert != "" {
		if _, err := tls.LoadX509KeyPair(cfg.TLSCert, cfg.TLSKey); err != nil {
			return nil, fmt.Errorf("read TLS certificate: %w", err)
		}
		opts = append(opts, nats.ClientCert(cfg.TLSCert, cfg.TLSKey))
	}
	if cfg.TLSCA != "" {
		opts = append(opts, nats.RootCAs(cfg.TLSCA))
	}
	return opts, nil
}

func (c *Conn) onError(_ *nats.Conn, sub *nats.Subscription, err error) {
	ctx := context.Background()
	switch {
	case errors.Is(err, nats.ErrSlowConsumer):
		c.metrics.errors.Add(ctx, 1, reason("slow_consumer"))
		dropped := 0
		if sub != nil {
			dropped, _ = sub.Dropped()
		}
		c.logger.ErrorContext(ctx, "NATS client dropped messages of a slow subscription", slog.Int("dropped", dropped))
	case errors.Is(err, nats.ErrPermissionViolation):
		c.metrics.errors.Add(ctx, 1, reason("denied"))
		if c.denied.add(quoted(err.Error())) {
			c.logger.ErrorContext(ctx, "NATS server refused a subject", slog.Any("error", err))
		}
	default:
		c.metrics.errors.Add(ctx, 1, reason("other"))
		c.logger.WarnContext(ctx, "NATS connection", slog.Any("error", err))
	}
}

func (c *Conn) onDisconnect(_ *nats.Conn, err error) {
	if err == nil {
		return
	}
	c.metrics.errors.Add(context.Background(), 1, reason("disconnect"))
	c.logger.Warn("connection to NATS lost, reconnecting", slog.Any("error", err))
}

func (c *Conn) onReconnect(nc *nats.Conn) {
	// Rights may have been changed meanwhile.
	c.denied.clear()
	c.logger.Info("connected to NATS again", slog.String("url", nc.ConnectedUrlRedacted()))
}

func connectError(cfg Config, err error) error {
	if cfg.URL == "" {
		return fmt.Errorf("connect to the NATS server of this process: %w", err)
	}
	addresses := strings.Split(cfg.URL, ",")
	for i, address := range addresses {
		addresses[i] = redact(address)
	}
	at := strings.Join(addresses, ", ")
	switch {
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired):
		return fmt.Errorf("NATS at %s refuses the credentials: %w", at, err)
	default:
		return fmt.Errorf("connect to NATS at %s (is a server listening there? "+
			"`weir run --listen host:port` opens one): %w", at, err)
	}
}

// deniedSubjects remembers which subjects the broker refused: it says so only
// beside the request, which itself just gets no answer.
type deniedSubjects struct {
	mu   sync.Mutex
	seen map[string]struct{}
}

// add reports whether the subject is new.
func (d *deniedSubjects) add(subject string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.seen[subject]; ok || len(d.seen) >= maxDenied {
		return false
	}
	if d.seen == nil {
		d.seen = map[string]struct{}{}
	}
	d.seen[subject] = struct{}{}
	return true
}

func (d *deniedSubjects) has(subject string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.seen[subject]
	return ok
}

func (d *deniedSubjects) clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.seen)
}

func (c *Conn) deniedAny() bool {
	c.denied.mu.Lock()
	defer c.denied.mu.Unlock()
	return len(c.denied.seen) > 0
}

// quoted returns what stands between the first pair of double quotes.
func quoted(text string) string {
	_, rest, _ := strings.Cut(text, `"`)
	subject, _, _ := strings.Cut(rest, `"`)
	return subject
}
