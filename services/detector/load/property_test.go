package load

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"testing"
)

// After any sequence of edits each file is in force in the version that a model
// says: the present one, or the last good one while it is broken, or none once
// it was removed. The library is in the version that the model says, too.
func TestAnySequenceOfEdits(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test repeats
			dir := t.TempDir()
			loader := NewLoader(Request{Dirs: []string{dir}})
			m := newModel(t, dir)
			mustLoad(t, loader)
			m.inForce()
			for step := range 40 {
				for range 1 + random.IntN(3) {
					m.edit(random)
				}
				set, _, err := loader.Load(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				got := map[string]string{}
				for _, s := range set.Signatures() {
					got[s.Metadata.ID] = s.Digest
				}
				if want := m.inForce(); !maps.Equal(got, want) {
					t.Fatalf("step %d (%v): in force are %v, want %v", step, m.now, got, want)
				}
			}
		})
	}
}

// model knows what must be in force.
type model struct {
	t   *testing.T
	dir string
	// now is the text of each file that is there, good the last one that loads.
	now, good map[string]string
	// digests are those of a first load, by what is loaded.
	digests map[string]string
}

func newModel(t *testing.T, dir string) *model {
	m := &model{t: t, dir: dir, now: map[string]string{}, good: map[string]string{}, digests: map[string]string{}}
	m.write("lib.rego", library)
	m.write("user.rego", user)
	return m
}

// write puts a file, and notes it where it is good.
func (m *model) write(name, text string) {
	put(m.t, m.dir, name, text)
	m.now[name] = text
}

// edit changes one file in one of the ways in which files change.
func (m *model) edit(random *rand.Rand) {
	name := []string{"a.rego", "b.rego", "deep/c.rego", "lib.rego"}[random.IntN(4)]
	switch what := random.IntN(4); {
	case name == "lib.rego" && what == 0:
		m.write(name, "package a.lib\nf(x := x\n")
	case name == "lib.rego":
		m.write(name, fmt.Sprintf("package a.lib\nf(x) := x + %d\n", random.IntN(3)))
	case what == 0:
		if _, there := m.now[name]; there {
			if err := os.Remove(m.dir + "/" + name); err != nil {
				m.t.Fatal(err)
			}
			delete(m.now, name)
		}
	case what == 1:
		m.write(name, broken)
	default:
		m.write(name, signature(name[len(name)-6:len(name)-5], fmt.Sprint("e", random.IntN(3))))
	}
}

// inForce returns the digests by id that a load must give now.
func (m *model) inForce() map[string]string {
	for name := range m.good {
		if _, there := m.now[name]; !there {
			delete(m.good, name)
		}
	}
	for name, text := range m.now {
		if text != broken && text != "package a.lib\nf(x := x\n" {
			m.good[name] = text
		}
	}
	want := map[string]string{}
	for name, text := range m.good {
		switch name {
		case "lib.rego":
		case "user.rego":
			want["USER"] = m.digest(map[string]string{name: text, "lib.rego": m.good["lib.rego"]})
		default:
			want[name[len(name)-6:len(name)-5]] = m.digest(map[string]string{name: text})
		}
	}
	return want
}

// digest is that of the only signature among the files.
func (m *model) digest(files map[string]string) string {
	key := fmt.Sprint(files)
	if _, known := m.digests[key]; !known {
		set, _, err := Load(m.t.Context(), Request{Dirs: []string{write(m.t, files)}})
		if err != nil || len(set.Signatures()) != 1 {
			m.t.Fatal(err)
		}
		m.digests[key] = set.Signatures()[0].Digest
	}
	return m.digests[key]
}
