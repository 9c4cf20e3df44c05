package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// HTTP is the local endpoint of a process: /metrics for Prometheus, /livez,
// /readyz and /healthz for probes.
type HTTP struct {
	listener net.Listener
	server   *http.Server

	begin   sync.Once
	serving sync.WaitGroup
	// err is how serving ended.
	err error
}

// ListenHTTP opens the endpoint at addr ("127.0.0.1:9470"; port 0 takes any).
// It fails at once where the port is taken.
func ListenHTTP(ctx context.Context, addr string, registry *prometheus.Registry, health *Health) (*HTTP, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("open the metrics and health endpoint on %s (choose another with --http, or "+
			"--http off): %w", addr, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, Report{Status: StatusReady})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		report := health.Report()
		code := http.StatusOK
		if report.Status == StatusNotReady {
			code = http.StatusServiceUnavailable
		}
		answer(w, code, report)
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		report := health.Report()
		code := http.StatusOK
		if report.Status != StatusReady {
			code = http.StatusServiceUnavailable
		}
		answer(w, code, report)
	})
	return &HTTP{listener: l, server: &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}}, nil
}

// answer writes a report; a client that has gone is not this process's error.
func answer(w http.ResponseWriter, code int, report Report) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(report)
}

// Addr returns the address that the endpoint listens on.
func (h *HTTP) Addr() string { return h.listener.Addr().String() }

// Start answers from now on, while the other parts of the process are not ready
// yet. Run or Close must follow.
func (h *HTTP) Start() {
	h.begin.Do(func() {
		h.serving.Go(func() { h.err = h.server.Serve(h.listener) })
	})
}

// Close frees the port of an endpoint whose Run was never called.
func (h *HTTP) Close() error {
	err := errors.Join(h.server.Close(), h.listener.Close())
	h.serving.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil // Run has done it.
	}
	return err
}

// Run serves until ctx ends.
func (h *HTTP) Run(ctx context.Context) error {
	h.Start()
	stop := context.AfterFunc(ctx, func() {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		_ = h.server.Shutdown(limited)
	})
	defer stop()
	h.serving.Wait()
	if !errors.Is(h.err, http.ErrServerClosed) {
		return fmt.Errorf("serve metrics and health: %w", h.err)
	}
	return nil
}
