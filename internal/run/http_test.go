package run

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// serve runs the endpoint for the test's time and returns its base address.
func serve(t *testing.T, registry *prometheus.Registry, health *Health) string {
	t.Helper()
	h, err := ListenHTTP(t.Context(), "127.0.0.1:0", registry, health)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return "http://" + h.Addr()
}

func get(t *testing.T, url string) (code int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestHealthEndpoints(t *testing.T) {
	for _, c := range []struct {
		name, status                string
		livez, readyz, healthz      int
		reason, wantStatus, wantWhy string
	}{
		{"ready", StatusReady, 200, 200, 200, "", StatusReady, ""},
		{"degraded", StatusDegraded, 200, 200, 503, "no lsm", StatusDegraded, "no lsm"},
		{"not ready", StatusNotReady, 200, 503, 503, "no broker", StatusNotReady, "no broker"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var health Health
			health.Set("enricher", StatusReady, "")
			health.Set("collector", c.status, c.reason)
			base := serve(t, prometheus.NewRegistry(), &health)
			for path, want := range map[string]int{"/livez": c.livez, "/readyz": c.readyz, "/healthz": c.healthz} {
				if code, body := get(t, base+path); code != want {
					t.Errorf("%s answers %d %s, want %d", path, code, body, want)
				}
			}
			_, body := get(t, base+"/healthz")
			var report Report
			if err := json.Unmarshal([]byte(body), &report); err != nil {
				t.Fatal(err)
			}
			if report.Status != c.wantStatus || report.Parts[0].Reason != c.wantWhy {
				t.Errorf("got %+v", report)
			}
		})
	}
}

func TestMetricsEndpoint(t *testing.T) {
	telemetry, err := NewTelemetry(t.Context(), "weir-test", "v0", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := telemetry.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	counter, err := telemetry.Meter("test").Int64Counter("weir.test.events")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(t.Context(), 3)
	_, body := get(t, serve(t, telemetry.Registry, &Health{})+"/metrics")
	for _, want := range []string{"weir_test_events_total 3", "go_goroutines ", "process_resident_memory_bytes "} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in:\n%s", want, body)
		}
	}
	if telemetry.Spans != nil {
		t.Error("spans are exported although nobody asked for it")
	}
}

func TestListenHTTPBusyPort(t *testing.T) {
	first, err := ListenHTTP(t.Context(), "127.0.0.1:0", prometheus.NewRegistry(), &Health{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = first.Close() })
	_, err = ListenHTTP(t.Context(), first.Addr(), prometheus.NewRegistry(), &Health{})
	if err == nil || !strings.Contains(err.Error(), first.Addr()) || !strings.Contains(err.Error(), "--http") {
		t.Errorf("error %v names neither the address nor the flag", err)
	}
}
