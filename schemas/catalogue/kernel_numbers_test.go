package catalogue

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// systemNumbers are the numbers of the kernel's table for an architecture, from
// constants that golang.org/x/sys has made of the kernel's own headers.
func systemNumbers(t *testing.T, dir, arch string) map[string]int16 {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, "unix", "zsysnum_linux_"+arch+".go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]int16{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
			nr, err := strconv.Atoi(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			numbers[strings.ToLower(strings.TrimPrefix(spec.Names[0].Name, "SYS_"))] = int16(nr)
		}
		return true
	})
	return numbers
}

// TestNumbersAreTheKernels compares all four tables with another's.
func TestNumbersAreTheKernels(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sys").Output()
	dir := strings.TrimSpace(string(out))
	if err != nil || dir == "" {
		t.Skipf("golang.org/x/sys is not here: %v", err)
	}
	for arch, of := range map[string]func(Numbers) []int16{
		"amd64": func(n Numbers) []int16 { return known(n.AMD64) },
		"arm64": func(n Numbers) []int16 { return known(n.ARM64) },
		"386":   func(n Numbers) []int16 { return n.I386 },
		"arm":   func(n Numbers) []int16 { return n.ARM },
	} {
		numbers := systemNumbers(t, dir, arch)
		for e := range All() {
			if !e.IsSyscall() {
				continue
			}
			got := slices.Sorted(slices.Values(of(e.Syscall)))
			// 32-bit tables have newer variants under names of their own.
			want := []int16{}
			for _, name := range variants(e.Name, arch) {
				if nr, ok := numbers[name]; ok {
					want = append(want, nr)
				}
			}
			slices.Sort(want)
			if !slices.Equal(got, slices.Compact(want)) && len(got)+len(want) > 0 {
				t.Errorf("%s: %s is %v, in the kernel %v", arch, e.Name, got, want)
			}
		}
	}
}

// variants are the names under which 32-bit programs find a syscall.
func variants(name, arch string) []string {
	list := []string{name}
	if arch != "386" && arch != "arm" {
		return list
	}
	switch name {
	case "mmap":
		return []string{"mmap", "mmap2"}
	case "clock_settime":
		return append(list, "clock_settime64")
	}
	return append(list, name+"32", name+"64")
}
