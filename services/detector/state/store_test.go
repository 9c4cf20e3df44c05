package state

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// second is a second in the times of events.
const second = int64(time.Second)

// at returns an empty store whose entries live ten seconds, and its clock.
func at(entries int) (*Store, *Clock) {
	clock := &Clock{}
	return New(Spec{Name: "s", TTL: 10 * time.Second, MaxEntries: entries}, clock), clock
}

func check(t *testing.T, s *Store, key, want string) {
	t.Helper()
	got, ok := s.Get(key)
	if ok != (want != "") || got != want {
		t.Errorf("%s is %q (%v), want %q", key, got, ok, want)
	}
}

func TestStore(t *testing.T) {
	s, clock := at(0)
	if s.Spec().MaxEntries != defaultEntries {
		t.Errorf("bound %d", s.Spec().MaxEntries)
	}
	check(t, s, "a", "")
	clock.Set(100 * second)
	s.Put("a", "1")
	s.Put("b", "2")
	check(t, s, "a", "1")
	clock.Set(110 * second)
	check(t, s, "a", "1")
	s.Put("a", "1")
	clock.Set(111 * second)
	check(t, s, "b", "")
	check(t, s, "a", "1")
	s.Delete("a")
	s.Delete("never there")
	check(t, s, "a", "")
	if got := s.Stats(); got != (Stats{}) {
		t.Errorf("stats %+v", got)
	}
}

// An event that comes late, or from a node whose clock is wrong, changes
// nothing but its own keys.
func TestTimesInAnyOrder(t *testing.T) {
	s, clock := at(0)
	clock.Set(100 * second)
	s.Put("mine", "1")
	clock.Set(math.MaxInt64)
	s.Put("theirs", "2")
	check(t, s, "theirs", "2")
	clock.Set(50 * second)
	check(t, s, "mine", "1")
	check(t, s, "theirs", "2")
	clock.Set(math.MinInt64)
	s.Put("long ago", "3")
	check(t, s, "long ago", "3")
	clock.Set(math.MaxInt64)
	check(t, s, "long ago", "")
	clock.Set(101 * second)
	check(t, s, "mine", "1")
}

func TestBounds(t *testing.T) {
	s, clock := at(2)
	for i, key := range []string{"a", "b", "a", "c"} {
		clock.Set(int64(i) * second)
		s.Put(key, key)
	}
	check(t, s, "b", "")
	check(t, s, "a", "a")
	check(t, s, "c", "c")
	if got := s.Stats(); got != (Stats{Entries: 2, Full: 1}) {
		t.Errorf("stats %+v", got)
	}
	// What had expired anyway is no loss.
	clock.Set(60 * second)
	s.Put("d", "d")
	if got := s.Stats(); got != (Stats{Entries: 2, Full: 1}) {
		t.Errorf("stats %+v", got)
	}
	long := strings.Repeat("x", leastBytes)
	s.Put("d", long)
	check(t, s, "d", "")
	s.Put("e", long[:leastBytes-10])
	s.Put("f", "1234567890")
	check(t, s, "e", "")
	check(t, s, "f", "1234567890")
	if got := s.Stats(); got != (Stats{Entries: 1, Full: 1, Overweight: 2}) {
		t.Errorf("stats %+v", got)
	}
}

// The texts that are put may be parts of a message whose memory is used again.
func TestTextsAreCopied(t *testing.T) {
	s, _ := at(0)
	message := []byte("key=value")
	text := string(message)
	s.Put(text[:3], text[4:])
	if n := testing.AllocsPerRun(100, func() { s.Get("key") }); n != 0 {
		t.Errorf("Get allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { s.Put("key", "value") }); n != 0 {
		t.Errorf("Put of the same value allocates %v times", n)
	}
}

func TestValidate(t *testing.T) {
	good := Spec{Name: "a", TTL: 1}
	for _, c := range []struct {
		name  string
		specs []Spec
		want  string
	}{
		{"none", nil, ""},
		{"two", []Spec{good, {Name: "b", TTL: 1, MaxEntries: 7}}, ""},
		{"no name", []Spec{{TTL: 1}}, "no name"},
		{"twice", []Spec{good, good}, "declared twice"},
		{"no TTL", []Spec{{Name: "a"}}, "must be positive"},
		{"negative TTL", []Spec{{Name: "a", TTL: -time.Second}}, "-1s"},
		{"negative bound", []Spec{{Name: "a", TTL: 1, MaxEntries: -1}}, "-1 entries"},
		{"huge bound", []Spec{{Name: "a", TTL: 1, MaxEntries: maxEntries + 1}}, "are the most"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := ValidateAll(c.specs)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// model is what a store must do, without any of its cleverness.
type model struct {
	entries int
	keys    []string
	values  map[string]string
	put     map[string]int64
}

func (m *model) drop(key string) {
	delete(m.values, key)
	var kept []string
	for _, k := range m.keys {
		if k != key {
			kept = append(kept, k)
		}
	}
	m.keys = kept
}

func (m *model) get(key string, now int64) (string, bool) {
	value, known := m.values[key]
	if known && now-m.put[key] > 10*second {
		m.drop(key)
		return "", false
	}
	return value, known
}

func (m *model) set(key, value string, now int64) {
	m.drop(key)
	m.keys = append(m.keys, key)
	m.values[key], m.put[key] = value, now
	if len(m.keys) > m.entries {
		m.drop(m.keys[0])
	}
}

// Any operations give the answers of the model, and after any of them the store
// can be written, read and go on as before.
func TestAnyOperations(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		m := model{entries: 1 + r.IntN(8), values: map[string]string{}, put: map[string]int64{}}
		s, clock := at(m.entries)
		for step := range 2000 {
			now := int64(step/10)*second + int64(r.IntN(20))*second
			clock.Set(now)
			key := fmt.Sprint("k", r.IntN(12))
			switch r.IntN(8) {
			case 0:
				s.Delete(key)
				m.drop(key)
			case 1, 2, 3:
				value := fmt.Sprint(r.IntN(5))
				s.Put(key, value)
				m.set(key, value, now)
			case 4:
				s = reread(t, s, clock)
			default:
				got, ok := s.Get(key)
				want, known := m.get(key, now)
				if got != want || ok != known {
					t.Fatalf("seed %d, step %d: %s is %q (%v), want %q (%v)", seed, step, key, got, ok, want, known)
				}
			}
			if n := s.Stats().Entries; n != int64(len(m.keys)) {
				t.Fatalf("seed %d, step %d: %d entries, want %d", seed, step, n, len(m.keys))
			}
		}
	}
}

func BenchmarkStore(b *testing.B) {
	s, clock := at(0)
	keys := make([]string, 1024)
	for i := range keys {
		keys[i] = fmt.Sprintf("%064d", i)
		s.Put(keys[i], "10.96.0.1")
	}
	b.Run("get", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			s.Get(keys[i%len(keys)])
		}
	})
	b.Run("put", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			clock.Set(int64(i))
			s.Put(keys[i%len(keys)], "10.96.0.1")
		}
	})
}
