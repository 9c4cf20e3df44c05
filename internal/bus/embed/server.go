package embed

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"golang.org/x/sys/unix"
)

// readyPoll is how often Start looks whether the server is ready.
const readyPoll = 2 * time.Millisecond

// Server is a running NATS server.
type Server struct {
	srv      *server.Server
	lock     *os.File
	url      string
	maxBytes int64
	stop     sync.Once
}

// Start starts a server and returns once clients can use it. Its errors are
// ErrInUse, ErrNotWritable, ErrPortBusy, ErrRemote and *SpaceError, with what
// to do about them.
func Start(cfg Config) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	s := &Server{lock: lock}
	if err := s.start(cfg); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

// InProcessConn returns a connection that needs no socket; package bus
// connects with it.
func (s *Server) InProcessConn() (net.Conn, error) { return s.srv.InProcessConn() }

// URL returns the address that the server listens on, or "" where it does not.
func (s *Server) URL() string { return s.url }

// MaxBytes returns how much storage the server may use: what streams are to be
// laid out for.
func (s *Server) MaxBytes() int64 { return s.maxBytes }

// Shutdown stops the server, writes what is not on disk yet and gives the
// directory back. Clients must have finished. Where ctx ends first it returns
// ctx's error, and the server goes on stopping.
func (s *Server) Shutdown(ctx context.Context) error {
	done := make(chan error, 1)
	var group sync.WaitGroup
	group.Go(func() {
		s.halt()
		var err error
		s.stop.Do(func() { err = s.lock.Close() })
		done <- err
	})
	select {
	case err := <-done:
		group.Wait()
		return err
	case <-ctx.Done():
		return fmt.Errorf("stop NATS server: %w", ctx.Err())
	}
}

func (s *Server) start(cfg Config) error {
	var err error
	if s.maxBytes, err = storage(cfg.Dir, cfg.MaxBytes, cfg.Reserve); err != nil {
		return err
	}
	opts, err := s.options(cfg)
	if err != nil {
		return err
	}
	if err := s.launch(cfg, opts); err != nil {
		return err
	}
	_, reserved, err := s.srv.JetStreamReservedResources()
	if err == nil && reserved > s.maxBytes {
		// The streams are from a time with more space. The server refuses any
		// change of them while they are beyond its limit, even to shrink them: it
		// gets their limit until they have been laid out anew.
		s.halt()
		opts.JetStreamMaxStore = reserved
		if err := s.launch(cfg, opts); err != nil {
			return err
		}
	}
	if cfg.Listen != "" {
		s.url = s.srv.ClientURL()
	}
	return nil
}

// launch runs a server until clients can use it.
func (s *Server) launch(cfg Config, opts *server.Options) error {
	var err error
	if s.srv, err = server.NewServer(opts); err != nil {
		return fmt.Errorf("configure NATS server: %w", err)
	}
	fatal := make(chan string, 1)
	s.srv.SetLoggerV2(logger{cfg.Logger, fatal}, false, false, false)
	s.srv.Start()
	if err := s.ready(cfg, fatal); err != nil {
		s.halt()
		return err
	}
	return nil
}

func (s *Server) halt() {
	s.srv.Shutdown()
	s.srv.WaitForShutdown()
}

// ready waits until clients can use the server. In a cluster that says nothing
// of JetStream, which is there once the servers have met.
func (s *Server) ready(cfg Config, fatal <-chan string) error {
	deadline := time.Now().Add(cfg.ReadyTimeout)
	for {
		select {
		case text := <-fatal:
			return fmt.Errorf("start NATS server in %s: %s", cfg.Dir, text)
		default:
		}
		if s.srv.ReadyForConnections(readyPoll) && (cfg.Cluster != nil || s.srv.JetStreamEnabled()) {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("NATS server in %s is not ready after %v (see its messages at the debug level)",
				cfg.Dir, cfg.ReadyTimeout)
		}
		time.Sleep(readyPoll)
	}
}

func (s *Server) options(cfg Config) (*server.Options, error) {
	opts := &server.Options{
		ServerName: cfg.ServerName,
		// The program has its own signal handling; the server's would end it.
		NoSigs:            true,
		JetStream:         true,
		StoreDir:          filepath.Join(cfg.Dir, "nats"),
		JetStreamMaxStore: s.maxBytes,
		SyncInterval:      cfg.SyncInterval,
		DontListen:        cfg.Listen == "",
	}
	if cfg.Listen != "" {
		host, port, err := splitAddress(cfg.Listen)
		if err != nil {
			return nil, err
		}
		if err := probe(cfg.Listen, host, port); err != nil {
			return nil, err
		}
		opts.Host, opts.Port = host, port
		if port == 0 {
			opts.Port = server.RANDOM_PORT
		}
	}
	if cfg.Cluster == nil {
		return opts, nil
	}
	host, port, err := splitAddress(cfg.Cluster.Listen)
	if err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	opts.Cluster = server.ClusterOpts{Name: cfg.Cluster.Name, Host: host, Port: port}
	for _, peer := range cfg.Cluster.Peers {
		opts.Routes = append(opts.Routes, server.RoutesFromStr("nats://"+peer)...)
	}
	return opts, nil
}

// probe tells a busy port from other troubles before the server is started,
// which would end itself without an error to return.
func probe(listen, host string, port int) error {
	listener, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	switch {
	case err == nil:
		return listener.Close()
	case errors.Is(err, unix.EADDRINUSE):
		return fmt.Errorf("%w: %s: stop the program that listens there or choose another --listen: %w",
			ErrPortBusy, listen, err)
	default:
		return fmt.Errorf("listen on %s: choose another --listen: %w", listen, err)
	}
}
