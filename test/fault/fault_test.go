package fault

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// seedsKey says which seeds the long form runs: "100" for 1 to 100, or "7-9".
const seedsKey = "WEIR_FAULT_SEEDS"

// quiet runs an input without faults.
func quiet(t *testing.T, in *input) map[string]found {
	t.Helper()
	r := newRun(t, in, options{})
	r.begin()
	o := r.finish()
	check(t, r, o.doublings(), o.unbalanced(in.events), o.lossless())
	if len(o.findings) < 300 {
		t.Fatalf("%d findings are too few to tell anything", len(o.findings))
	}
	return o.findings
}

func check(t *testing.T, r *run, problems ...[]string) {
	t.Helper()
	for _, list := range problems {
		for _, p := range list {
			t.Error(p)
		}
	}
	for _, p := range r.services {
		for _, by := range p.ended {
			r.note("%s ended by itself: %s", p.name, by)
			if strings.Contains(by, "exit status 2") || strings.Contains(by, "signal") {
				t.Errorf("%s crashed: %s", p.name, by)
			}
		}
	}
}

// progress writes a line for each run, also where the test says nothing.
func progress(t *testing.T, o *outcome, began time.Time) {
	state := "as it must be"
	if t.Failed() {
		state = "FAILED"
	}
	fmt.Printf("fault: %s: %d findings, %d events missing, %v: %s\n",
		t.Name(), len(o.findings), o.missing(), time.Since(began).Round(100*time.Millisecond), state)
}

// disturbed runs a plan and expects what the undisturbed run gave.
func disturbed(t *testing.T, in *input, want map[string]found, opts options, p plan) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the plan was:\n%s", p)
		}
	})
	o, began := &outcome{}, time.Now()
	// Also where the run is cut short.
	defer func() { progress(t, o, began) }()
	r := newRun(t, in, opts)
	r.begin()
	p.carryOut(r)
	o = r.finish()
	check(t, r, o.differences(want), o.unbalanced(in.events), o.lossless())
}

// Each kind of fault alone, then some together as a seed says, all on one input.
func TestFaults(t *testing.T) {
	in := newInput(t, 0)
	want := quiet(t, in)
	t.Run("each", func(t *testing.T) {
		parallel := func(name string, run func(t *testing.T)) {
			t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
				t.Parallel()
				run(t)
			})
		}
		// It takes longest, so that it begins first.
		parallel(killLeader, func(t *testing.T) {
			disturbed(t, in, want, options{cluster: true}, fault(rand.New(rand.NewPCG(1, 1)), killLeader))
		})
		for i, kind := range kindsAlone {
			parallel(kind, func(t *testing.T) {
				disturbed(t, in, want, options{}, fault(rand.New(rand.NewPCG(uint64(i), 1)), kind))
			})
		}
		for i, kind := range kindsNetns() {
			parallel(strings.ReplaceAll(kind, ":", ""), func(t *testing.T) {
				disturbed(t, in, want, options{netns: true}, fault(rand.New(rand.NewPCG(uint64(i), 2)), kind))
			})
		}
		for _, e := range evictions {
			parallel(e.when+" of "+e.stream+" evicted", func(t *testing.T) { evicted(t, in, want, e) })
		}
		parallel("spool on a full disk", func(t *testing.T) { fullSpool(t, in) })
		parallel("streams on a full disk", func(t *testing.T) { fullStreams(t, in, want) })
		parallel("clocks jump forward", func(t *testing.T) { jump(t, 90*time.Second) })
		parallel("clocks jump back", func(t *testing.T) { jump(t, -90*time.Second) })
	})
}

// The long form: each seed is a plan of one to three faults of any kind, a fifth
// of them around a cluster of three, a quarter with a partition by network namespaces
// besides.
func TestSeeds(t *testing.T) {
	from, to := seeds(t)
	in := newInput(t, 0)
	want := quiet(t, in)
	t.Run("seeds", func(t *testing.T) {
		for seed := from; seed <= to; seed++ {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				opts, p := seeded(seed)
				disturbed(t, in, want, opts, p)
			})
		}
	})
}

// seeded is what a seed says.
func seeded(seed uint64) (opts options, p plan) {
	r := rand.New(rand.NewPCG(seed, 6))
	kinds := kindsAlone
	if opts.cluster = r.IntN(5) == 0; opts.cluster {
		kinds = kindsCluster
	}
	p = draw(r, kinds, 1+r.IntN(3))
	if more := rand.New(rand.NewPCG(seed, 7)); !opts.cluster && more.IntN(3) == 0 {
		opts.netns = true
		p = append(p.without(cutNode, cutOwner), draw(more, kindsNetns(), 1)...)
		slices.SortStableFunc(p, func(a, b step) int { return int(a.at - b.at) })
	}
	return opts, p
}

// A seed always says the same, and all seeds together use every kind.
func TestSeedsSayTheSame(t *testing.T) {
	var all strings.Builder
	clusters, wires := 0, 0
	for seed := range uint64(100) {
		opts, p := seeded(seed)
		_, again := seeded(seed)
		if p.String() != again.String() || len(p) == 0 {
			t.Errorf("seed %d says first\n%sthen\n%s", seed, p, again)
		}
		if opts.cluster {
			clusters++
		}
		if opts.netns {
			wires++
		}
		all.WriteString(p.String())
	}
	words := append(kindsNetns(), stopNATS, killNATS, cutNode, cutOwner, killLeader, "kill feed 1", "pause detector-b", "restart notifier-a")
	for _, role := range roles {
		words = append(words, "kill "+role+"-a", "kill "+role+"-b")
	}
	for _, word := range words {
		if !strings.Contains(all.String(), word) {
			t.Errorf("no seed says %q", word)
		}
	}
	if clusters == 0 || clusters == 100 {
		t.Errorf("%d of 100 runs are around a cluster", clusters)
	}
	if wires < 10 || wires > 40 {
		t.Errorf("%d of 100 runs are with network namespaces", wires)
	}
}

func seeds(t *testing.T) (from, to uint64) {
	t.Helper()
	text := os.Getenv(seedsKey)
	if text == "" {
		t.Skip("the long form: make fault")
	}
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		first, last = "1", text
	}
	from, err1 := strconv.ParseUint(first, 10, 32)
	to, err2 := strconv.ParseUint(last, 10, 32)
	if err1 != nil || err2 != nil || to < from {
		t.Fatalf("%s=%q: want a number of seeds, or two with a dash", seedsKey, text)
	}
	return from, to
}
