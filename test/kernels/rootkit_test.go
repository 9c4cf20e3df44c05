package kernels

import (
	"runtime"
	"testing"

	"github.com/weirsec/weir/test/kernels/machine"
)

// rootkitFile is where the module is in the guest.
const rootkitFile = "/rootkit.ko"

// A module that does what rootkits do is noticed by the collector, on each kernel
// for which one can be built.
func TestRootkit(t *testing.T) {
	scenarios := chosen(t)
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
			file, err := lab.Module(t.Context(), kernel, "test/kernels/testdata/rootkit")
			if err != nil {
				t.Skip(err)
			}
			g := s.Guest
			g.Files = map[string]string{rootkitFile: file}
			env := append(s.env(), "WEIR_ROOTKIT="+rootkitFile)
			results := runPackages(t, lab, g, []string{"test/kernels/rootkit"}, env)
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
