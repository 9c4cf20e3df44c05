package probe

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/collector"
)

// observing is a probe whose records are read and thrown away.
type observing struct {
	probe  *Probe
	cancel context.CancelFunc
	wg     sync.WaitGroup
	err    error
}

func observe(b *testing.B) *observing {
	b.Helper()
	o := &observing{probe: open(b, Config{})}
	c, err := collector.New(collector.Config{Node: "n", Subject: func(string) string { return "s" }},
		o.probe, new(nowhere), stage.Settings{})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	o.cancel = cancel
	o.wg.Go(func() { o.err = c.Run(ctx) })
	return o
}

func (o *observing) stop(b *testing.B) {
	b.Helper()
	o.cancel()
	o.wg.Wait()
	if o.err != nil {
		b.Error(o.err)
	}
}

// pairs are measured in each round of a benchmark.
const pairs = 25

func median[T int64 | float64](list []T) T {
	slices.Sort(list)
	return list[len(list)/2]
}

// BenchmarkCost is what a syscall costs the program that is observed, beyond
// what it costs unobserved: medians of pairs, one after the other, the reader
// running. With -benchtime Nx there are N pairs.
func BenchmarkCost(b *testing.B) {
	dir := b.TempDir()
	path := marked(b)
	outside := []interest.Scope{{Paths: []string{"/no/such/prefix"}}}
	for _, c := range []struct {
		name, action, arg string
		n                 int
		wanted            interest.Interest
	}{
		{"idle", "getppids", "", 20_000, interest.Interest{}},
		{"other", "getppids", "", 20_000, interest.Of("ptrace")},
		{"openat", "opens", path, 3_000, interest.Of("openat")},
		{"openat-missing", "missing", filepath.Join(dir, "none"), 3_000, interest.Of("openat")},
		{"security_file_open", "opens", path, 3_000, interest.Of("security_file_open")},
		{"openat-and-security_file_open", "opens", path, 3_000, interest.Of("openat", "security_file_open")},
		{"out-of-scope", "opens", path, 3_000, interest.New(interest.Event{Name: "security_file_open", Scopes: outside})},
	} {
		b.Run(c.name, func(b *testing.B) {
			o := observe(b)
			defer o.stop(b)
			work := startPacer(b, c.action, c.arg, c.n)
			set := func(wanted interest.Interest) float64 {
				if err := o.probe.SetInterest(wanted); err != nil {
					b.Fatal(err)
				}
				return work.step(b)
			}
			set(c.wanted)
			var added, plain []float64
			for b.Loop() {
				for i := range pairs {
					var with, without float64
					if i%2 == 0 {
						with = set(c.wanted)
						without = set(interest.Interest{})
					} else {
						without = set(interest.Interest{})
						with = set(c.wanted)
					}
					added, plain = append(added, with-without), append(plain, without)
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(plain), "unobserved-ns/op")
			b.ReportMetric(median(added), "added-ns/op")
		})
	}
}
