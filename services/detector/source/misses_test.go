package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/weirsec/weir/internal/datasource/query"
	"github.com/weirsec/weir/schemas/lookup"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// enricher answers questions in a test.
type enricher struct {
	mu     sync.Mutex
	asked  []lookup.Request
	answer func(lookup.Request) (map[string]any, error)
}

func (e *enricher) ask(_ context.Context, namespace, id, node string, text []byte) ([]byte, error) {
	r, err := lookup.ParseRequest(text)
	if err != nil {
		return nil, err
	}
	if namespace != r.Namespace || id != r.ID || node != r.Node {
		return nil, fmt.Errorf("asked for %s/%s of %s: %+v", namespace, id, node, r)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, r)
	found, err := e.answer(r)
	if err != nil {
		return nil, err
	}
	result, err := json.Marshal(found)
	if err != nil {
		return nil, err
	}
	return lookup.Reply{Result: result, Status: "resolved", AsOf: time.Unix(100, 0)}.Encode()
}

func (e *enricher) questions() []lookup.Request {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.asked
}

// asking runs a test with somebody to ask, in a bubble of time.
func asking(t *testing.T, answer func(lookup.Request) (map[string]any, error), test func(m *Misses, e *enricher)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := &enricher{answer: answer}
		m, err := NewMisses(e.ask, nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- m.Run(ctx) }()
		test(m, e)
		cancel()
		if err := errors.Join(<-ended, m.Close()); err != nil {
			t.Error(err)
		}
	})
}

func box(r lookup.Request) (map[string]any, error) {
	if r.Key.Text == "c1" {
		return map[string]any{"container_id": "c1", "container_ctime": 7}, nil
	}
	return nil, lookup.Refuse(lookup.CodeNotFound, "no such container")
}

// settle waits until every question is answered.
func settle() {
	time.Sleep(100 * time.Millisecond)
	synctest.Wait()
}

func TestMissIsAskedInTheBackground(t *testing.T) {
	asking(t, box, func(m *Misses, e *enricher) {
		b, feed := learning(t, m)
		boxes := sourceOf(t, b, "containers")
		feed(on("n", "x", 5e9))
		for range 1000 {
			if _, err := boxes.Get("c1"); !errors.Is(err, sdk.ErrDataPending) {
				t.Fatalf("at first: %v", err)
			}
		}
		settle()
		// The event at hand sees what there was when it came.
		if _, err := boxes.Get("c1"); !errors.Is(err, sdk.ErrDataPending) {
			t.Errorf("two look-ups for one event differ: %v", err)
		}
		for i := range 1000 {
			feed(on("n", "x", 6e9+int64(i)))
			found, err := boxes.Get("c1")
			if err != nil || found["container_ctime"] != 7 {
				t.Fatalf("later: %v, %v", found, err)
			}
			found["container_ctime"] = "mine"
		}
		asked := e.questions()
		if len(asked) != 1 || asked[0].Boot != "b" || !asked[0].Time.Equal(time.Unix(5, 0)) {
			t.Errorf("asked %+v", asked)
		}
	})
}

// Answers are asked for again when they are old, and known meanwhile.
func TestAnswersAge(t *testing.T) {
	version := 0
	asking(t, func(lookup.Request) (map[string]any, error) {
		version++
		return map[string]any{"container_ctime": version}, nil
	}, func(m *Misses, _ *enricher) {
		b, feed := learning(t, m)
		boxes := sourceOf(t, b, "containers")
		get := func() any {
			feed(on("n", "x", 5))
			found, err := boxes.Get("c1")
			if err != nil {
				return err
			}
			return found["container_ctime"]
		}
		get()
		settle()
		for range 3 {
			if got := get(); got != 1 {
				t.Fatalf("got %v", got)
			}
			time.Sleep(keepAnswer / 4)
		}
		time.Sleep(keepAnswer)
		if got := get(); got != 1 {
			t.Errorf("while it is asked again: %v", got)
		}
		settle()
		if got := get(); got != 2 {
			t.Errorf("after that: %v", got)
		}
	})
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want error
		good time.Duration
	}{
		{"not found", lookup.Refuse(lookup.CodeNotFound, "no"), sdk.ErrDataNotFound, keepNotFound},
		{"a bad key", lookup.Refuse(lookup.CodeBadRequest, "no"), sdk.ErrKeyNotSupported, keepRefused},
		{"another version", lookup.Refuse(lookup.CodeVersion, "no"), sdk.ErrVersionNotSupported, keepRefused},
		{"nobody there", lookup.Refuse(lookup.CodeUnavailable, "no"), sdk.ErrDataPending, keepUnavailable},
		{"no broker", errors.New("timeout"), sdk.ErrDataPending, keepUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			asking(t, func(lookup.Request) (map[string]any, error) { return nil, c.err }, func(m *Misses, e *enricher) {
				b, feed := learning(t, m)
				boxes := sourceOf(t, b, "containers")
				began := time.Now()
				for time.Since(began) < c.good*5/2 {
					feed(on("n", "x", 5))
					_, err := boxes.Get("c1")
					if time.Since(began) > 0 && !errors.Is(err, c.want) {
						t.Fatalf("got %v, want %v", err, c.want)
					}
					time.Sleep(c.good / 10)
				}
				if n := len(e.questions()); n < 2 || n > 3 {
					t.Errorf("asked %d times in %s", n, c.good*5/2)
				}
			})
		})
	}
}

// What each source asks, and what is not worth a question.
func TestQuestions(t *testing.T) {
	answers := func(r lookup.Request) (map[string]any, error) {
		return map[string]any{query.ProcessInfo: datasource.TimeRelevant[datasource.ProcessInfo]{
			Info: datasource.ProcessInfo{EntityID: r.Key.Entity},
		}}, nil
	}
	asking(t, answers, func(m *Misses, e *enricher) {
		b, feed := learning(t, m)
		tree, names := sourceOf(t, b, "process_tree"), sourceOf(t, b, "dns")
		at := on("n", "x", 5)
		at.Context.Container.ID, at.Context.NetNS = "c9", 77
		feed(at)
		past := time.Unix(3, 0)
		for _, key := range []any{
			datasource.ProcKey{EntityID: 4},
			datasource.ProcKey{EntityID: 4, Time: past},
			datasource.ThreadKey{EntityID: 4},
			datasource.LineageKey{EntityID: 4, MaxDepth: 2},
			datasource.ProcKey{},
		} {
			if _, err := tree.Get(key); !errors.Is(err, sdk.ErrDataNotFound) {
				t.Errorf("%+v: %v", key, err)
			}
		}
		if _, err := names.Get("a.example"); !errors.Is(err, sdk.ErrDataPending) {
			t.Error(err)
		}
		if _, err := tree.Get(&datasource.ProcKey{EntityID: 4}); !errors.Is(err, sdk.ErrKeyNotSupported) {
			t.Error(err)
		}
		settle()
		asked := map[lookup.Key]time.Time{}
		for _, r := range e.questions() {
			if r.Key.Entity == 4 && r.Key.Kind == lookup.KindProcess && r.Time.Equal(past) {
				continue
			}
			asked[r.Key] = r.Time
		}
		want := []lookup.Key{
			{Entity: 4, Kind: lookup.KindProcess},
			{Entity: 4, Kind: lookup.KindThread},
			{Entity: 4, Kind: lookup.KindLineage, Depth: 2},
			{Text: "a.example", Container: "c9", NetNS: 77},
		}
		for _, key := range want {
			if !asked[key].Equal(time.Unix(0, 5)) {
				t.Errorf("%+v was asked as of %s", key, asked[key])
			}
		}
		if len(e.questions()) != 5 {
			t.Errorf("asked %+v", e.questions())
		}
		// The past does not change: it is not asked for again.
		time.Sleep(5 * keepAnswer)
		feed(on("n", "x", 9))
		found, err := tree.Get(datasource.ProcKey{EntityID: 4, Time: past})
		info, ok := found[query.ProcessInfo].(datasource.TimeRelevant[datasource.ProcessInfo])
		if err != nil || !ok || info.Info.EntityID != 4 {
			t.Errorf("got %v, %v", found, err)
		}
		settle()
		if len(e.questions()) != 5 {
			t.Error("the past was asked for again")
		}
	})
}

// What cannot be asked is counted, and nothing waits; memory is bounded.
func TestMissesAreBounded(t *testing.T) {
	reader := metric.NewManualReader()
	meter := metric.NewMeterProvider(metric.WithReader(reader)).Meter("test")
	m, err := NewMisses((&enricher{answer: box}).ask, meter)
	if err != nil {
		t.Fatal(err)
	}
	b, feed := learning(t, m)
	boxes := sourceOf(t, b, "containers")
	feed(on("n", "x", 5))
	const many = queueLength + 500
	for i := range many {
		if _, err := boxes.Get(fmt.Sprint("c", i)); !errors.Is(err, sdk.ErrDataPending) {
			t.Fatal(err)
		}
	}
	long := strings.Repeat("x", 1<<20)
	for i := range 40 {
		if _, err := boxes.Get(fmt.Sprint(i, long)); !errors.Is(err, sdk.ErrDataPending) {
			t.Fatal(err)
		}
	}
	if got := m.answers.Bytes(); got > answerBytes {
		t.Errorf("%d bytes are kept", got)
	}
	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, s := range data.ScopeMetrics {
		for _, mt := range s.Metrics {
			sum, ok := mt.Data.(metricdata.Sum[int64])
			if !ok {
				t.Fatalf("%s is no sum", mt.Name)
			}
			for _, p := range sum.DataPoints {
				for _, a := range p.Attributes.ToSlice() {
					got[mt.Name+" "+a.Value.AsString()] = p.Value
				}
			}
		}
	}
	if got["weir.detector.datasource.questions queue_full"] != 540 || got["weir.detector.datasource.lookups pending"] != many+40 ||
		got["weir.detector.datasource.forgotten answer"] == 0 {
		t.Errorf("counted %v", got)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if _, err := NewMisses(nil, nil); err == nil {
		t.Error("nobody to ask is no error")
	}
}
