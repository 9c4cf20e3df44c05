package containers

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/statepb"
)

// randomEvent is any event that a table learns from, of few cgroups and few
// containers, so that they meet.
func randomEvent(r *rand.Rand, at int64) event.Event {
	n := r.IntN(60)
	b := box{
		runtime: []string{"docker", "containerd", "r" + fmt.Sprint(n)}[r.IntN(3)], id: fmt.Sprintf("%064x", n),
		name: fmt.Sprint("name-", r.IntN(3), "\xff"), labels: []string{"k", strings.Repeat("v", r.IntN(900))},
		pod: []string{"", "pod"}[r.IntN(2)], sandbox: r.IntN(2) == 0,
	}
	path := []string{"/docker/" + b.id, "/docker/" + b.id + "/sub", "/system.slice", "/kubepods/pod" + uid + "/" + b.id}[r.IntN(4)]
	id := uint64(r.IntN(200))
	switch r.IntN(9) {
	case 0, 1:
		return made(at, id, path)
	case 2:
		return removed(at-int64(r.IntN(5))*second, id, path)
	case 3:
		return existing(at, id, path)
	case 4:
		return existingProcess(at, id, path)
	case 5:
		return exec(at, id, int32(r.IntN(3)), uint32(hostNS+r.IntN(2)))
	case 6:
		return gone(at, b)
	default:
		return create(at, b)
	}
}

// feed gives both tables the same events, and compares all that can be asked.
func feed(t *testing.T, r *rand.Rand, at *int64, n int, tables ...*Table) {
	t.Helper()
	for range n {
		*at += int64(r.IntN(2000)) * int64(time.Millisecond)
		e := randomEvent(r, *at)
		asked, giveUp, step := uint64(r.IntN(200)), r.IntN(10) == 0, r.IntN(3) == 0
		var said []string
		for _, table := range tables {
			table.Apply(&e)
			c, status := table.Lookup(asked)
			shown, pod := c.Show()
			text := fmt.Sprint(status, *shown, shown.Labels.Map(), *pod)
			if c != nil {
				text = fmt.Sprint(status, shown.ID, shown.Name, shown.Labels.Map(), *pod, c.Started(*at), c.Started(*at-5*second), c.Awaited())
				if giveUp {
					c.GiveUp()
				}
			}
			result, status, err := table.Get(fmt.Sprintf("%064x", asked%60), *at)
			said = append(said, text+fmt.Sprint(result, status, err))
			if step {
				table.Advance(*at)
			}
		}
		for _, text := range said {
			if text != said[0] {
				t.Fatalf("at %d: one says\n%s\nand the other\n%s", *at, said[0], text)
			}
		}
	}
}

// again makes a table of another one's state as it is stored.
func again(t testing.TB, limits Limits, from *Table) *Table {
	t.Helper()
	data, err := from.State().MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	var s statepb.Containers
	if err := s.UnmarshalVT(data); err != nil {
		t.Fatal(err)
	}
	table, err := Restore(limits, &s)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// A restored table goes on as the original, for any feed before and after.
func TestRestoredGoesOnAlike(t *testing.T) {
	limits := Limits{Bytes: 64 << 10, FactBytes: 64 << 10, Grace: 30 * time.Second}
	small := Limits{Bytes: 20 * entrySize, FactBytes: 10 << 10, Grace: 3 * time.Second}
	evicted := uint64(0)
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 7))
		l := limits
		if seed%2 == 0 {
			l = small
		}
		original, at := New(l), int64(0)
		feed(t, r, &at, r.IntN(1500), original)
		restored := again(t, l, original)
		for range 3 {
			feed(t, r, &at, 300, original, restored)
			if a, b := original.State(), restored.State(); !proto.Equal(a, b) {
				t.Fatalf("seed %d: the states differ:\n%v\n%v", seed, a, b)
			}
			if original.Bytes() != restored.Bytes() {
				t.Fatalf("seed %d: %d bytes, and restored %d", seed, original.Bytes(), restored.Bytes())
			}
			restored = again(t, l, restored)
		}
		_, facts := original.Evicted()
		evicted += facts
	}
	if evicted == 0 {
		t.Error("nothing was evicted: the feeds do not reach the limits")
	}
}

func TestRestoreNothing(t *testing.T) {
	table, err := Restore(Default(), nil)
	if err != nil {
		t.Fatal(err)
	}
	e := made(1, 7, "/docker/"+idA)
	table.Apply(&e)
	if c, _ := table.Lookup(7); c == nil || c.ID != idA {
		t.Errorf("container %v", c)
	}
}

func TestRestoreDamaged(t *testing.T) {
	type state = statepb.Containers
	for name, tt := range map[string]struct {
		damage func(s *state)
		want   string
	}{
		"no version":         {func(s *state) { s.Version = 0 }, "version 0, this program knows 1"},
		"newer":              {func(s *state) { s.Version = 2 }, "version 2"},
		"facts twice":        {func(s *state) { s.Facts = append(s.Facts, s.Facts[0]) }, "facts 1"},
		"facts of nobody":    {func(s *state) { s.Facts[0].Id = nil }, "facts 0"},
		"status":             {func(s *state) { s.Facts[0].Status = 6 }, "status 6"},
		"labels":             {func(s *state) { s.Facts[0].Labels = s.Facts[0].Labels[:1] }, "not pairs"},
		"pod labels":         {func(s *state) { s.Facts[0].PodLabels = [][]byte{nil} }, "not pairs"},
		"container twice":    {func(s *state) { s.Containers = append(s.Containers, s.Containers[0]) }, "container 1"},
		"container of no id": {func(s *state) { s.Containers[0].Id = nil }, "container 0"},
		"cgroup twice":       {func(s *state) { s.Cgroups = append(s.Cgroups, s.Cgroups[0]) }, "cgroup 1"},
		"of no container":    {func(s *state) { s.Cgroups[0].Container = 2 }, "cgroup 0"},
		"no cgroup":          {func(s *state) { s.Cgroups = nil }, "has no cgroup"},
		"runtimes":           {func(s *state) { s.Runtimes = make([][]byte, 17) }, "too many runtimes"},
	} {
		t.Run(name, func(t *testing.T) {
			table := New(Default())
			b := web
			b.labels = []string{"a", "b"}
			for _, e := range []event.Event{made(1, 7, "/docker/"+idA), create(2, b)} {
				table.Apply(&e)
			}
			s := table.State()
			tt.damage(s)
			if _, err := Restore(Default(), s); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// Whatever the bytes are, they are an error or a table that works.
func FuzzRestore(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	table, at := New(Default()), int64(0)
	for i := range 24 {
		at += 5 * second
		e := randomEvent(r, at)
		table.Apply(&e)
		table.Advance(at)
		if i%6 == 5 {
			data, err := table.State().MarshalVT()
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var s statepb.Containers
		if s.UnmarshalVT(data) != nil {
			return
		}
		table, err := Restore(Default(), &s)
		if err != nil {
			return
		}
		if a, b := table.State(), again(t, Default(), table).State(); !proto.Equal(a, b) {
			t.Fatalf("restored twice it differs:\n%v\n%v", a, b)
		}
		r := rand.New(rand.NewPCG(uint64(len(data)), 3))
		at := int64(0)
		feed(t, r, &at, 50, table)
		if table.cgroups.Bytes() > Default().Bytes {
			t.Error("over the limit")
		}
	})
}
