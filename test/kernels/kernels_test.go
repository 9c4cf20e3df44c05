package kernels

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/test/kernels/machine"
)

var update = flag.Bool("update", false, "write testdata and docs/kernels.md anew")

// root is the repository's.
const root = "../.."

// chosen returns the scenarios that WEIR_KERNELS names; "all" means all. Where it
// names none, nothing is booted, which WEIR_REQUIRE=kernels does not allow.
func chosen(t *testing.T) []Scenario {
	t.Helper()
	names := strings.Fields(os.Getenv("WEIR_KERNELS"))
	if len(names) == 0 {
		unavailable(t, errors.New("WEIR_KERNELS names no scenario: make test-kernels does"))
	}
	all := Scenarios()
	if slices.Equal(names, []string{"all"}) {
		return all
	}
	var list []Scenario
	for _, name := range names {
		i := slices.IndexFunc(all, func(s Scenario) bool { return s.Name == name })
		if i < 0 {
			t.Fatalf("WEIR_KERNELS: no scenario %q", name)
		}
		list = append(list, all[i])
	}
	return list
}

// unavailable skips; with WEIR_REQUIRE=kernels it fails instead.
func unavailable(t *testing.T, err error) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("WEIR_REQUIRE"), ","), "kernels") {
		t.Fatalf("WEIR_REQUIRE=kernels, but %v", err)
	}
	t.Skip(err)
}

func newLab(t *testing.T) *Lab {
	t.Helper()
	lab, err := NewLab(root, t.TempDir(), 30*time.Minute, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return lab
}

// What works on each kernel is what the golden file says.
func TestKernels(t *testing.T) {
	scenarios := chosen(t)
	lab := newLab(t)
	for _, s := range scenarios {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			if err := machine.Available(s.Guest.Kernel.Arch); err != nil {
				unavailable(t, err)
			}
			kernel, err := lab.Fetch(t.Context(), s.Guest.Kernel)
			if err != nil {
				unavailable(t, err)
			}
			began := time.Now()
			results := runTests(t, lab, s)
			t.Logf("%s %s: %d tests in %s", kernel.Package, kernel.Version, len(results), time.Since(began).Round(time.Second))
			report(t, results)
			compare(t, s, newMatrix(results))
		})
	}
}

// elsewhere is what says nothing of a kernel: whether the cases themselves hold.
const elsewhere = "^TestCasesOfGenericSyscalls$"

// runTests runs the scenario's test binaries in one guest.
func runTests(t *testing.T, lab *Lab, s Scenario) []Result {
	t.Helper()
	return runPackages(t, lab, s.Guest, s.Packages(), s.env(), s.Short || testing.Short())
}

// runPackages runs the tests of packages, told these variables, in one guest; in
// short, those of programs and hooks.
func runPackages(t *testing.T, lab *Lab, g Guest, packages, env []string, short bool) []Result {
	t.Helper()
	var programs []Program
	var outputs []*bytes.Buffer
	for _, pack := range packages {
		binary, err := lab.Build(t.Context(), g.Kernel.Arch, "./"+pack, true)
		if err != nil {
			t.Fatal(err)
		}
		outputs = append(outputs, new(bytes.Buffer))
		programs = append(programs, Program{
			Binary: binary, Dir: pack, Env: env,
			Output: io.MultiWriter(outputs[len(outputs)-1], &progress{log: t.Log, pack: pack}),
			Args:   []string{"-test.v=test2json", "-test.timeout=28m", "-test.skip=" + elsewhere},
		})
		if short {
			last := &programs[len(programs)-1]
			last.Args = append(last.Args, "-test.run="+tests(pack))
		}
	}
	codes, err := lab.Run(t.Context(), g, programs...)
	if err != nil {
		for _, output := range outputs {
			t.Logf("%s", output)
		}
		t.Fatal(err)
	}
	var results []Result
	for i, p := range programs {
		list, err := parse(t.Context(), p.Dir, outputs[i].Bytes(), codes[i])
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, list...)
	}
	return results
}

// report makes a test of each of the guest's.
func report(t *testing.T, results []Result) {
	for _, r := range results {
		if strings.Contains(r.Test, "/") && r.Outcome != "fail" {
			continue
		}
		t.Run(filepath.Base(r.Package)+" "+r.Test, func(t *testing.T) {
			switch r.Outcome {
			case "fail":
				t.Error(r.Output)
			case "skip":
				t.Skip(r.reason())
			}
		})
	}
}

func compare(t *testing.T, s Scenario, got Matrix) {
	t.Helper()
	name := golden(s)
	if *update && testing.Short() {
		t.Fatal("-update needs all tests, -short leaves some out")
	}
	if *update {
		if t.Failed() {
			t.Fatalf("%s is left as it is: tests failed", name)
		}
		if err := os.WriteFile(name, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := readGolden(s)
	if err != nil {
		t.Fatal(err)
	}
	if testing.Short() {
		want, got = want.without("test"), got.without("test")
	}
	if lines := difference(want, got); lines != "" {
		t.Errorf("not as in %s (make test-kernels UPDATE=-update writes it anew):\n%s", name, lines)
	}
}

func golden(s Scenario) string { return filepath.Join("testdata", s.Name+".golden") }

func readGolden(s Scenario) (Matrix, error) {
	text, err := os.ReadFile(golden(s))
	if err != nil {
		return Matrix{}, err
	}
	return parseMatrix(string(text))
}

// The page in the docs is made of the golden files, of which each scenario has
// one.
func TestPage(t *testing.T) {
	matrices := map[string]Matrix{}
	for _, s := range Scenarios() {
		m, err := readGolden(s)
		if err != nil {
			t.Fatal(err)
		}
		matrices[golden(s)] = m
	}
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if _, ok := matrices[name]; !ok {
			t.Errorf("%s belongs to no scenario: delete it", name)
		}
	}
	want := page(Scenarios(), func(s Scenario) Matrix { return matrices[golden(s)] })
	const name = root + "/docs/kernels.md"
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what testdata says: go test ./test/kernels -run Page -update", name)
	}
}
