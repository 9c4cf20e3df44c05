package rego

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
)

// engines makes a set of n signatures of the corpus in one of the ways.
func engines(tb testing.TB, way string, n int) *engine.Set {
	tb.Helper()
	base := twins()
	var programs []engine.Program
	files := fstest.MapFS{}
	for i := range n {
		t, k := base[i%len(base)], i/len(base)
		if way == "go" {
			programs = append(programs, golang.New(golangTwin{t, k, t.golang(k)}))
			continue
		}
		files[fmt.Sprintf("%s-%d.rego", t.name, k)] = &fstest.MapFile{Data: []byte(t.rego(k))}
	}
	if way != "go" {
		loader := NewLoader(Options{Reference: way == "topdown"})
		loaded, problems := loader.Load(context.Background(), files, "corpus")
		if len(problems) > 0 || len(loaded) != n {
			tb.Fatalf("%d of %d loaded: %v", len(loaded), n, problems)
		}
		programs = loaded
	}
	return engine.NewSet(programs, engine.Limits{})
}

// The same signatures over the same events: written in Go by hand, compiled
// from Rego, and evaluated by OPA with selectors dispatched. It measures one
// event of the stream.
func BenchmarkEngines(b *testing.B) {
	events := stream(10_000, 20)
	for _, n := range []int{1, 10, 50, 200} {
		for _, way := range []string{"go", "compiled", "topdown"} {
			b.Run(fmt.Sprintf("signatures=%d/%s", n, way), func(b *testing.B) {
				evaluator := engines(b, way, n).Evaluator()
				ctx, matches := context.Background(), 0
				for _, e := range events {
					found, _ := evaluator.Evaluate(ctx, e)
					matches += len(found)
				}
				b.ReportAllocs()
				b.ResetTimer()
				for i := range b.N {
					evaluator.Evaluate(ctx, events[i%len(events)])
				}
				b.ReportMetric(float64(matches)/float64(len(events)), "matches/op")
			})
		}
	}
}

// One signature of each kind alone, over the events that it selects.
func BenchmarkOneSignature(b *testing.B) {
	all := stream(20_000, 20)
	for i, t := range twins() {
		for _, way := range []string{"go", "compiled"} {
			b.Run(t.name+"/"+way, func(b *testing.B) {
				var set *engine.Set
				if way == "go" {
					set = engine.NewSet([]engine.Program{golang.New(golangTwin{t, 0, t.golang(0)})}, engine.Limits{})
				} else {
					loaded, problems := NewLoader(Options{}).Load(context.Background(),
						fstest.MapFS{"a.rego": &fstest.MapFile{Data: []byte(t.rego(0))}}, "corpus")
					if len(problems) > 0 {
						b.Fatal(problems)
					}
					set = engine.NewSet(loaded, engine.Limits{})
				}
				evaluator, ctx := set.Evaluator(), context.Background()
				events := all[:0:0]
				for _, e := range all {
					for _, name := range twins()[i].events {
						if e.Name() == name {
							events = append(events, e)
						}
					}
				}
				b.ReportAllocs()
				b.ResetTimer()
				for i := range b.N {
					evaluator.Evaluate(ctx, events[i%len(events)])
				}
			})
		}
	}
}
