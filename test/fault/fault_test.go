package fault

import (
	"fmt"
	"math/rand/v2"
	"os"
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

// disturbed runs a plan and expects what the undisturbed run gave.
func disturbed(t *testing.T, in *input, want map[string]found, opts options, p plan) {
	t.Helper()
	began := time.Now()
	r := newRun(t, in, opts)
	r.begin()
	p.carryOut(r)
	o := r.finish()
	check(t, r, o.differences(want), o.unbalanced(in.events), o.lossless())
	if t.Failed() {
		t.Logf("the plan was:\n%s", p)
	}
	fmt.Printf("fault: %s: %d findings, %v, failed: %v\n", t.Name(), len(o.findings), time.Since(began).Round(100*time.Millisecond), t.Failed())
}

// Each kind of fault alone, and then some of all kinds as seeds say.
func TestFaults(t *testing.T) {
	in := newInput(t, 0)
	want := quiet(t, in)
	t.Run("again", func(t *testing.T) { disturbed(t, in, want, options{}, nil) })
	for i, kind := range kindsAlone {
		t.Run(strings.ReplaceAll(kind, " ", "_"), func(t *testing.T) {
			disturbed(t, in, want, options{}, fault(rand.New(rand.NewPCG(uint64(i), 1)), kind))
		})
	}
	t.Run("kill_the_leader", func(t *testing.T) {
		disturbed(t, in, want, options{cluster: true}, fault(rand.New(rand.NewPCG(1, 1)), killLeader))
	})
}

// The long form: each seed is a plan of one to three faults of any kind, a fifth
// of them around a cluster of three.
func TestSeeds(t *testing.T) {
	from, to := seeds(t)
	in := newInput(t, 0)
	want := quiet(t, in)
	t.Run("seeds", func(t *testing.T) {
		for seed := from; seed <= to; seed++ {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(seed, 6))
				kinds, opts := kindsAlone, options{}
				if r.IntN(5) == 0 {
					kinds, opts.cluster = kindsCluster, true
				}
				disturbed(t, in, want, opts, draw(r, kinds, 1+r.IntN(3)))
			})
		}
	})
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
