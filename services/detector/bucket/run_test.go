package bucket

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/goleak"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/signatures/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open opens the sources of some flags.
func open(t *testing.T, specs ...string) *Group {
	t.Helper()
	var f Flags
	flags := pflag.NewFlagSet("x", pflag.ContinueOnError)
	f.Register(flags)
	for _, s := range specs {
		if err := flags.Parse([]string{"--datasource", s}); err != nil {
			t.Fatal(err)
		}
	}
	g, err := f.Open(bustest.Logger(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// running runs sources until the test ends, and waits until they are read.
func running(t *testing.T, g *Group, store Store) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx, store) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, g.Close()); err != nil {
			t.Error(err)
		}
	})
	if err := g.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, conn *bus.Conn, key, value string, ttl time.Duration) {
	t.Helper()
	if _, err := conn.PutKey(t.Context(), "allowed", key, []byte(value), ttl); err != nil {
		t.Fatal(err)
	}
}

// within waits until a look-up gives what is wanted, "" for nothing, and returns
// how long it took.
func within(t *testing.T, s sdk.DataSource, limit time.Duration, key, want string) time.Duration {
	t.Helper()
	began := time.Now()
	for {
		found, err := s.Get(key)
		if want == "" && errors.Is(err, sdk.ErrDataNotFound) || want != "" && err == nil && found["value"] == want {
			return time.Since(began)
		}
		if time.Since(began) > limit {
			t.Fatalf("%s is %v, %v after %s, want %q", key, found, err, limit, want)
		}
		time.Sleep(time.Millisecond)
	}
}

// Changes are seen at once, whoever makes them; a bucket that is missing is made.
func TestHotUpdate(t *testing.T) {
	conn := bustest.Run(t)
	g := open(t, "kv://allowed")
	running(t, g, conn)
	s := g.Sources()[0]
	for i := range 20 {
		put(t, conn, "2001:db8::1", fmt.Sprint(i), 0)
		if took := within(t, s, 5*time.Second, "2001:db8::1", fmt.Sprint(i)); took > 100*time.Millisecond {
			t.Errorf("a change was seen after %s", took)
		}
	}
	if err := conn.DeleteKey(t.Context(), "allowed", "2001:db8::1"); err != nil {
		t.Fatal(err)
	}
	if took := within(t, s, 5*time.Second, "2001:db8::1", ""); took > 100*time.Millisecond {
		t.Errorf("the removal was seen after %s", took)
	}
}

func TestTimeToLive(t *testing.T) {
	conn := bustest.Run(t)
	g := open(t, "kv://allowed")
	running(t, g, conn)
	s := g.Sources()[0]
	put(t, conn, "stays", "x", 0)
	put(t, conn, "goes", "y", time.Second)
	began := time.Now()
	within(t, s, 5*time.Second, "goes", "y")
	within(t, s, 10*time.Second, "goes", "")
	if took := time.Since(began); took < 900*time.Millisecond || took > 4*time.Second {
		t.Errorf("it went after %s", took)
	}
	within(t, s, 0, "stays", "x")
	// A time to live can be taken back.
	put(t, conn, "other", "y", time.Second)
	put(t, conn, "other", "z", 0)
	time.Sleep(1500 * time.Millisecond)
	within(t, s, 0, "other", "z")
}

func TestManyKeys(t *testing.T) {
	conn := bustest.Run(t)
	if _, err := conn.EnsureBucket(t.Context(), "allowed"); err != nil {
		t.Fatal(err)
	}
	const many = 10_000
	messages := make([]bus.Message, many)
	for i := range messages {
		messages[i] = bus.Message{Subject: fmt.Sprint("$KV.allowed.k", i), ID: fmt.Sprint(i), Data: []byte(fmt.Sprint(i))}
	}
	if err := conn.PublishAll(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
	g := open(t, "kv://allowed", "kv://allowed?namespace=again")
	began := time.Now()
	running(t, g, conn)
	t.Logf("%d keys twice in %s, %d bytes", many, time.Since(began), g.sources[0].bytes)
	for _, s := range g.Sources() {
		for i := range many {
			if found, err := s.Get(fmt.Sprint("k", i)); err != nil || found["value"] != fmt.Sprint(i) {
				t.Fatalf("k%d: %v, %v", i, found, err)
			}
		}
	}
}

// The copy outlasts the broker, and knows what happened when it is back.
func TestRestart(t *testing.T) {
	broker := bustest.RunRestartable(t)
	conn := broker.Conn
	g := open(t, "kv://allowed")
	running(t, g, conn)
	s := g.Sources()[0]
	put(t, conn, "a", "1", 0)
	put(t, conn, "b", "1", time.Second)
	within(t, s, 5*time.Second, "b", "1")
	broker.Stop(t)
	within(t, s, 0, "a", "1")
	time.Sleep(1200 * time.Millisecond)
	broker.Start(t)
	within(t, s, 15*time.Second, "b", "")
	within(t, s, 0, "a", "1")
	put(t, conn, "c", "3", 0)
	within(t, s, 15*time.Second, "c", "3")
}

// flaky is a store whose first watches fail.
type flaky struct {
	failures int
	refused  error
}

func (f *flaky) EnsureBucket(context.Context, string) (bool, error) { return true, f.refused }

func (f *flaky) WatchBucket(ctx context.Context, _ string, w bus.BucketWatch) error {
	if f.failures--; f.failures >= 0 {
		return errors.New("no luck")
	}
	w.Begin()
	w.Entry(bus.BucketEntry{Name: "a", Value: []byte("1")})
	w.Ready()
	<-ctx.Done()
	return nil
}

func TestFailures(t *testing.T) {
	g := open(t, "kv://allowed")
	running(t, g, &flaky{failures: 1})
	within(t, g.Sources()[0], 0, "a", "1")
	if n := g.sources[0].count.failures.Load(); n != 1 {
		t.Errorf("%d failures are counted", n)
	}
	refused := errors.New("not allowed")
	if err := open(t, "kv://allowed").Run(t.Context(), &flaky{refused: refused}); !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := open(t, "kv://allowed").Wait(ctx); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "kv/allowed") {
		t.Errorf("got %v", err)
	}
}

func TestGroup(t *testing.T) {
	g := open(t)
	if len(g.Sources()) != 0 || g.Wait(t.Context()) != nil {
		t.Error("there are sources without flags")
	}
	running(t, g, nil)
	f := Flags{specs: []string{"allowed"}}
	if _, err := f.Open(nil, nil); err == nil {
		t.Error("a bad flag is taken")
	}
	reader := metric.NewManualReader()
	f = Flags{specs: []string{"kv://a", "kv://b"}}
	g, err := f.Open(nil, metric.NewMeterProvider(metric.WithReader(reader)).Meter("x"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range g.sources {
		s.begin()
		s.tell("k", "{")
		s.tell("l", "1")
		s.end()
	}
	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, m := range data.ScopeMetrics[0].Metrics {
		var points []metricdata.DataPoint[int64]
		switch d := m.Data.(type) {
		case metricdata.Sum[int64]:
			points = d.DataPoints
		case metricdata.Gauge[int64]:
			points = d.DataPoints
		}
		for _, p := range points {
			got[m.Name] += p.Value
		}
	}
	if got["weir.detector.bucket.keys"] != 2 || got["weir.detector.bucket.skipped"] != 2 || got["weir.detector.bucket.changes"] != 2 || got["weir.detector.bucket.memory"] == 0 {
		t.Errorf("measured %v", got)
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
}
