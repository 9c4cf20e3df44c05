package e2e

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
)

// receiver is an OTLP trace receiver over gRPC.
type receiver struct {
	collector.UnimplementedTraceServiceServer
	mu    sync.Mutex
	spans []span
}

// span is a span with the service that its resource names.
type span struct {
	*tracepb.Span
	service string
}

// Export implements the OTLP trace service.
func (r *receiver) Export(_ context.Context, req *collector.ExportTraceServiceRequest) (
	*collector.ExportTraceServiceResponse, error,
) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rs := range req.GetResourceSpans() {
		service := ""
		for _, a := range rs.GetResource().GetAttributes() {
			if a.GetKey() == "service.name" {
				service = a.GetValue().GetStringValue()
			}
		}
		for _, ss := range rs.GetScopeSpans() {
			for _, s := range ss.GetSpans() {
				r.spans = append(r.spans, span{s, service})
			}
		}
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

// trace returns the spans of one trace.
func (r *receiver) trace(id string) []span {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []span
	for _, s := range r.spans {
		if hex.EncodeToString(s.GetTraceId()) == id {
			found = append(found, s)
		}
	}
	return found
}

// startReceiver runs a receiver for the test's time and returns its address.
func startReceiver(t *testing.T) (*receiver, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	r := &receiver{}
	collector.RegisterTraceServiceServer(server, r)
	var wg sync.WaitGroup
	wg.Go(func() { _ = server.Serve(l) })
	t.Cleanup(func() {
		server.Stop()
		wg.Wait()
	})
	return r, "http://" + l.Addr().String()
}

// One finding is one trace: spans of all four services, in the order of the
// journey, with the real times.
func TestFindingHasOneTraceOverAllServices(t *testing.T) {
	needEBPF(t)
	otlp, endpoint := startReceiver(t)
	watched := filepath.Join(t.TempDir(), "watched")
	writeFile(t, watched, "")
	env := []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
		"OTEL_METRICS_EXPORTER=none", "OTEL_BSP_SCHEDULE_DELAY=200",
	}
	_, url := startRun(t, env, "--signatures", writeSignature(t, watched))
	findings := subscribe(t, url, "weir.findings.>")
	before := time.Now()
	if err := exec.Command("cat", watched).Run(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 5*time.Second, "the finding", func() error {
		if len(findings.all()) != 1 {
			return fmt.Errorf("%d findings", len(findings.all()))
		}
		return nil
	})
	ce := newValidator(t).check(t, findings.all()[0].Data)
	var data struct {
		TraceID string `json:"trace_id"`
	}
	if err := json.Unmarshal(ce.Data(), &data); err != nil {
		t.Fatal(err)
	}
	services := map[string]bool{}
	eventually(t, 10*time.Second, "spans of all four services", func() error {
		for _, s := range otlp.trace(data.TraceID) {
			services[s.service] = true
		}
		if len(services) != 4 {
			return fmt.Errorf("services %v", services)
		}
		return nil
	})
	checkTrace(t, otlp.trace(data.TraceID), ce.Time(), before, findings.firstArrival())
}

// checkTrace holds the spans against what the test saw from outside.
func checkTrace(t *testing.T, spans []span, event, before, after time.Time) {
	t.Helper()
	ids := map[string]span{}
	first, last := spans[0], spans[0]
	for _, s := range spans {
		ids[string(s.GetSpanId())] = s
		if s.GetStartTimeUnixNano() < first.GetStartTimeUnixNano() {
			first = s
		}
		if s.GetEndTimeUnixNano() > last.GetEndTimeUnixNano() {
			last = s
		}
		if s.GetEndTimeUnixNano() < s.GetStartTimeUnixNano() {
			t.Errorf("%s ends before it starts", s.GetName())
		}
	}
	roots := 0
	for _, s := range spans {
		if len(s.GetParentSpanId()) == 0 {
			roots++
		} else if _, ok := ids[string(s.GetParentSpanId())]; !ok {
			t.Errorf("%s has a parent that is not in the trace", s.GetName())
		}
	}
	if roots != 1 {
		t.Errorf("%d roots, want one tree", roots)
	}
	if got := int64(first.GetStartTimeUnixNano()); got != event.UnixNano() {
		t.Errorf("the trace begins at %d, the kernel's event was at %d", got, event.UnixNano())
	}
	// The event's time is the kernel's boot clock: allow for its adjustment.
	if slack := 20 * time.Millisecond; event.Before(before.Add(-slack)) || event.After(after) {
		t.Errorf("the event's time %v is not between %v and %v", event, before, after)
	}
	if end := time.Unix(0, int64(last.GetEndTimeUnixNano())); end.After(after.Add(time.Second)) {
		t.Errorf("the trace ends at %v, the finding was here at %v", end, after)
	}
}
