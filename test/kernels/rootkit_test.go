package kernels

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/test/kernels/machine"
)

// rootkitFile is where the module is in the guest.
const rootkitFile = "/rootkit.ko"

// A module that does what rootkits do is noticed by the collector, on each kernel
// for which one can be built.
func TestRootkit(t *testing.T) {
	scenarios := chosen(t)
	if testing.Short() {
		t.Skip("-short: each kernel would be booted once more, and its headers fetched")
	}
	lab := newLab(t)
	for _, s := range scenarios {
		// Scenarios of the same kernel are the same here.
		if s.Refused != "" || s.Name != s.Guest.Kernel.Name {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			kernel := s.Guest.Kernel
			if kernel.Arch != "amd64" || runtime.GOARCH != "amd64" {
				t.Skipf("the module of the test is for x86-64; the kernel is for %s, this machine %s", kernel.Arch, runtime.GOARCH)
			}
			if err := machine.Available(kernel.Arch); err != nil {
				unavailable(t, err)
			}
			g, file := rootkit(t, lab, s.Guest)
			g.Files = map[string]string{rootkitFile: file}
			env := append(s.env(), "WEIR_ROOTKIT="+rootkitFile)
			results := runPackages(t, lab, g, []string{"test/kernels/rootkit"}, env, false)
			report(t, results)
			for _, r := range results {
				if r.Outcome == "skip" {
					t.Errorf("%s is skipped in the guest: %s", r.Test, r.reason())
				}
			}
			if len(results) == 0 {
				t.Error("no test ran in the guest")
			}
		})
	}
}

// rootkit builds the module for the guest's kernel or, where this machine's
// compiler is too old for it, for the same one of an older suite, which is the
// guest's then.
func rootkit(t *testing.T, lab *Lab, g Guest) (Guest, string) {
	t.Helper()
	var errs []error
	for range len(g.Kernel.Sources) {
		file, err := lab.Module(t.Context(), g.Kernel, "test/kernels/testdata/rootkit")
		if err == nil {
			return g, file
		}
		errs = append(errs, err)
		g.Kernel.Sources = slices.Concat(g.Kernel.Sources[1:], g.Kernel.Sources[:1])
	}
	err := fmt.Errorf("the module cannot be built: %w", errors.Join(errs...))
	if slices.Contains(strings.Split(os.Getenv("WEIR_REQUIRE"), ","), "modules") {
		t.Fatal(err)
	}
	t.Skip(err)
	return Guest{}, ""
}
