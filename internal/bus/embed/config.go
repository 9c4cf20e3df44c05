package embed

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"
)

const (
	defaultMaxBytes = 4 << 30
	// minBytes is the least storage that a server is started with.
	minBytes = 64 << 20
	// defaultReserve of the disk is never used.
	defaultReserve      = 256 << 20
	defaultSyncInterval = 5 * time.Second
	defaultReadyTimeout = 30 * time.Second
	defaultServerName   = "weir"
)

// Config says where the server keeps its data and whether it listens.
type Config struct {
	// Dir is the data directory; it is created where it is missing and belongs
	// to one process at a time.
	Dir string
	// Listen is "host:port" to open for clients, or "" for no socket; port 0
	// chooses a free one.
	Listen string
	// AllowRemote permits addresses other than loopback: whoever reaches them
	// may read and publish everything.
	AllowRemote bool
	// ServerName is the server's name in a cluster; "" means "weir".
	ServerName string
	// MaxBytes is the most storage to use; 0 means 4 GiB. It is lowered to what
	// the disk has free, less Reserve.
	MaxBytes int64
	// Reserve is how much of the disk must stay free; 0 means 256 MiB.
	Reserve int64
	// SyncInterval is how much work a power cut may cost; 0 means 5 s.
	SyncInterval time.Duration
	// ReadyTimeout is how long starting may take; 0 means 30 s.
	ReadyTimeout time.Duration
	// Cluster joins servers; nil means that the server stands alone.
	Cluster *Cluster
	// Logger gets the server's messages; nil means none.
	Logger *slog.Logger
}

// Cluster names a cluster and the addresses by which its servers meet.
type Cluster struct {
	Name string
	// Listen is this server's address, Peers those of all, "host:port".
	Listen string
	Peers  []string
}

// Validate reports every mistake in the configuration.
func (c Config) Validate() error {
	c = c.withDefaults()
	var errs []error
	if c.Dir == "" {
		errs = append(errs, errors.New("no data directory given: set --data-dir"))
	}
	if c.MaxBytes < minBytes {
		errs = append(errs, fmt.Errorf("storage is limited to %d bytes, want at least %d", c.MaxBytes, int64(minBytes)))
	}
	if c.Reserve < 0 || c.SyncInterval < 0 || c.ReadyTimeout < 0 {
		errs = append(errs, errors.New("reserve, sync interval and ready timeout must not be negative"))
	}
	if c.Listen != "" {
		errs = append(errs, c.validateListen())
	}
	return errors.Join(errs...)
}

func (c Config) validateListen() error {
	host, _, err := splitAddress(c.Listen)
	if err != nil {
		return err
	}
	if c.AllowRemote || host == "localhost" {
		return nil
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("%w: %s: choose --listen 127.0.0.1:4222, or use a NATS server of your own with TLS and "+
		"accounts (--nats-url)", ErrRemote, c.Listen)
}

func (c Config) withDefaults() Config {
	if c.ServerName == "" {
		c.ServerName = defaultServerName
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = defaultMaxBytes
	}
	if c.Reserve == 0 {
		c.Reserve = defaultReserve
	}
	if c.SyncInterval == 0 {
		c.SyncInterval = defaultSyncInterval
	}
	if c.ReadyTimeout == 0 {
		c.ReadyTimeout = defaultReadyTimeout
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// splitAddress takes "host:port" apart; a missing host is loopback, never "all".
func splitAddress(address string) (string, int, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("address %q: want host:port such as 127.0.0.1:4222: %w", address, err)
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("address %q: the port must be a number up to 65535", address)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return host, int(port), nil
}
