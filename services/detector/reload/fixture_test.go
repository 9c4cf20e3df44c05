package reload

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/goleak"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/detector/bundle"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/detector/problem"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// signature is one in Rego that matches every event of a name.
func signature(id, selected string) string {
	return fmt.Sprintf("package tracee.%[1]s\nimport rego.v1\n__rego_metadoc__ := {\"id\": %[1]q, \"version\": \"1\", "+
		"\"eventName\": %[1]q}\ntracee_selected_events contains {\"source\": \"tracee\", \"name\": %[2]q}\n"+
		"tracee_match := true\n", id, selected)
}

const broken = "package a\n\ntracee_match { x == }\n"

// put writes a signature file.
func put(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// output is a text that one goroutine writes and another reads.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) take() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer o.text.Reset()
	return o.text.String()
}

// bench is a Reloader with all that it tells.
type bench struct {
	*Reloader
	t             *testing.T
	loader        *load.Loader
	messages, log output
	reader        *metric.ManualReader

	mu       sync.Mutex
	health   map[string]string
	set      *engine.Set
	swaps    int
	interest interest.Interest
	// refuse makes the interest fail that many times.
	refuse int
}

// newBench makes a Reloader for a directory, and for the bundles of a broker
// where there is one.
func newBench(t *testing.T, request load.Request, conn *bus.Conn, trust bundle.Trust) *bench {
	t.Helper()
	b := &bench{t: t, loader: load.NewLoader(request), health: map[string]string{}, reader: metric.NewManualReader()}
	cfg := Config{Load: b.loader.Load, Messages: &b.messages, Health: b.trouble, Version: "v1"}
	if conn != nil {
		cfg.Members = conn
		cfg.Bundles = &Bundles{
			Store: conn,
			Open:  func(data []byte) (*bundle.Bundle, error) { return bundle.Open(data, trust) },
			Check: func(ctx context.Context, name string, files fs.FS) []problem.Problem {
				return b.loader.Check(ctx, files, load.BundlePrefix(name))
			},
		}
	}
	var err error
	b.Reloader, err = New(cfg, stage.Settings{
		Instance: "one", Logger: slog.New(slog.NewTextHandler(&b.log, nil)),
		Meter: metric.NewMeterProvider(metric.WithReader(b.reader)).Meter("test"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// start loads for the first time and runs until the test ends.
func (b *bench) start() *engine.Set {
	b.t.Helper()
	set, err := b.Start(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	b.swap(set)
	ctx, cancel := context.WithCancel(b.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx, Target{Swap: b.swap, Interest: b.wants}) }()
	b.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			b.t.Error(err)
		}
	})
	return set
}

func (b *bench) swap(set *engine.Set) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.set, b.swaps = set, b.swaps+1
}

func (b *bench) wants(_ context.Context, wanted interest.Interest) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refuse > 0 {
		b.refuse--
		return errors.New("the broker is away")
	}
	b.interest = wanted
	return nil
}

func (b *bench) trouble(part, trouble string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.health[part] = trouble
}

// troubleOf returns what health says of a part.
func (b *bench) troubleOf(part string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.health[part]
}

// ids are those of the set in force.
func (b *bench) ids() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	ids := []string{}
	for _, s := range b.set.Signatures() {
		ids = append(ids, s.Metadata.ID)
	}
	return ids
}

// eventually tries until check returns no more complaint.
func eventually(t *testing.T, check func() string) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		complaint := check()
		if complaint == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(complaint)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// counted returns the sums of a metric by the value of its attribute.
func (b *bench) counted(name string) map[string]int64 {
	b.t.Helper()
	var all metricdata.ResourceMetrics
	if err := b.reader.Collect(b.t.Context(), &all); err != nil {
		b.t.Fatal(err)
	}
	sums := map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != name {
				continue
			}
			var points []metricdata.DataPoint[int64]
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				points = data.DataPoints
			case metricdata.Gauge[int64]:
				points = data.DataPoints
			}
			for _, p := range points {
				key := ""
				if p.Attributes.Len() > 0 {
					attribute, _ := p.Attributes.Get(0)
					key = attribute.Value.AsString()
				}
				sums[key] = p.Value
			}
		}
	}
	return sums
}
