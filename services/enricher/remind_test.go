package enricher

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/ledger"
)

// reads is who reads what the enricher makes: a place for each partition.
type reads struct {
	rig           *rig
	places        map[string]*ledger.Places
	read, missing uint64
}

func (r *reads) take(o stage.Output) {
	r.rig.t.Helper()
	if r.places[o.Subject] == nil {
		r.places[o.Subject] = ledger.NewPlaces(9)
	}
	env := r.rig.decode([]stage.Output{o})[0].Envelope
	gap := r.places[o.Subject].Read(env, ledger.Arrival{Since: 1})
	if gap.Earlier > 0 {
		r.rig.t.Errorf("%d events are from before", gap.Earlier)
	}
	r.read, r.missing = r.read+uint64(env.Count), r.missing+gap.Missing
}

func (r *rig) account() *ledger.Account {
	r.t.Helper()
	accounts, _ := r.handler.(*handler).Accounts()
	if len(accounts) != 1 {
		r.t.Fatalf("%d accounts", len(accounts))
	}
	return accounts[0]
}

// Of what the enricher publishes any part may be lost, the first and the last
// messages too: reminded of, all is known to be missing.
func TestRemind(t *testing.T) {
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 3))
		r := newRig(t, atOnce)
		reader := &reads{rig: r, places: map[string]*ledger.Places{}}
		h := r.handler.(*handler)
		app := initd.child(200, 300)
		app.cgroup = 7
		lossy := 1 + random.IntN(3)
		for n := range 40 {
			m := newRaw()
			if m.env.FirstSeq += uint64(100 * n); n == 0 {
				m.cgroup(catalogue.ExistingCgroup, 1, 7, "/docker/"+idA)
			}
			for i := range random.IntN(6) {
				m.open(uint64(310+n*10+i), []*task{initd, app}[random.IntN(2)], fmt.Sprint("/", i))
			}
			in := m.message(t, uint64(n+1))
			in.Stored = time.Unix(0, int64(n+5))
			out, err := h.Handle(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range out {
				if n < 35 && random.IntN(4) > lossy {
					reader.take(o)
				}
			}
			if random.IntN(10) == 0 {
				restore(t, h, checkpoint(t, h))
			}
		}
		if out := h.Remind(1, 50); len(out) != 0 {
			t.Fatalf("reminded of %d messages before it is known where they are", len(out))
		}
		if out := h.Remind(50, 60); len(out) != 0 {
			t.Fatalf("reminded of %d messages that are there", len(out))
		}
		ids := map[string]bool{}
		for _, o := range h.Remind(51, 60) {
			ids[o.ID] = true
			reader.take(o)
			reader.take(o) // and once more
		}
		if out := h.Remind(52, 62); len(out) != 0 || len(ids) != 2 {
			t.Fatalf("reminded of %d partitions, then %d", len(ids), len(out))
		}
		if a := r.account(); reader.read+reader.missing != a.Published || reader.missing == 0 {
			t.Fatalf("seed %d: %d read, %d missing of %d", seed, reader.read, reader.missing, a.Published)
		}
	}
}

// Messages that the stream of records gave up are missing where the enricher was
// there when the collector's run began, and none of its own otherwise.
func TestFirstMessageOfRun(t *testing.T) {
	for name, c := range map[string]struct {
		began, since int64
		want         ledger.Gap
		losses       int
	}{
		"was there": {100, 100, ledger.Gap{Missing: 30}, 1}, "came later": {100, 101, ledger.Gap{Earlier: 30}, 0},
		"an older collector": {0, 101, ledger.Gap{Earlier: 30}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			m := newRaw().open(310, initd, "/a").open(311, initd, "/b")
			m.env.Run, m.env.RunTime, m.env.EventsBefore = 9, c.began, 30
			in := m.message(t, 77)
			in.Stored, in.Since = time.Unix(0, 200), time.Unix(0, c.since)
			out, err := r.handler.Handle(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			a := r.account()
			if got := (ledger.Gap{Missing: a.Missing, Earlier: a.Earlier}); got != c.want || a.Read != 2 || a.Unexplained() != 0 {
				t.Errorf("account %+v", a)
			}
			if env := r.decode(out)[0].Envelope; len(env.Losses) != c.losses || env.RunTime != 200 || env.Run != 77 {
				t.Errorf("envelope %v", env)
			}
			// Since when it reads is remembered.
			restore(t, r.handler, checkpoint(t, r.handler))
			if h := r.handler.(*handler); h.since != c.since {
				t.Errorf("since %d", h.since)
			}
		})
	}
}

// A node that had to be forgotten is not missing what was read of it.
func TestForgottenNodeIsNotMissing(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Nodes = 1 })
	for i, node := range []string{"a", "b", "a"} {
		m := newRaw().open(310, initd, "/a")
		m.env.Node, m.env.FirstSeq = node, seqBase+uint64(i)
		m.env.Run, m.env.RunTime, m.env.EventsBefore = 9, 100, uint64(i)
		in := m.message(t, uint64(i+1))
		in.Stored, in.Since = time.Unix(0, int64(200+i)), time.Unix(0, 50)
		if _, err := r.handler.Handle(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	accounts, _ := r.handler.(*handler).Accounts()
	for _, a := range accounts {
		if want := map[string]uint64{"a": 2, "b": 1}[a.Node]; a.Missing != 0 || a.Earlier != want {
			t.Errorf("account %+v", a)
		}
	}
}
