package kernels

import (
	"fmt"
	"strings"

	"github.com/weirsec/weir/test/kernels/image"
)

// Kernel is one that guests can run.
type Kernel struct {
	// Name is the version, with what else tells it apart: "6.12", "6.12-arm64".
	Name string
	// Arch is Go's name of the architecture.
	Arch string
	// Sources are where it is, the best first.
	Sources []image.Source
	// Cmdline are parameters that it needs in an emulator.
	Cmdline []string
	// Steady is machine.Machine's: for kernels where programs lose events that
	// several interrupts fall into.
	Steady bool
}

// kernels are all of them, the oldest first.
func kernels() []Kernel {
	return []Kernel{
		ubuntu("5.4", "focal-updates", "linux-image-generic"),
		ubuntu("5.8", "focal-updates", "linux-image-5.8.0-63-generic"),
		debian("5.10", "amd64", "bullseye-security", "bullseye"),
		debian("5.10-arm64", "arm64", "bullseye-security", "bullseye"),
		ubuntu("5.15", "jammy-updates", "linux-image-generic"),
		debian("6.1", "amd64", "bookworm"),
		debian("6.12", "amd64", "trixie", "bookworm-backports"),
		debian("6.12-arm64", "arm64", "trixie", "bookworm-backports"),
		newest(),
	}
}

// debian is the kernel for virtual machines of one of the suites.
func debian(name, arch string, suites ...string) Kernel {
	k := Kernel{Name: name, Arch: arch}
	for _, suite := range suites {
		k.Sources = append(k.Sources, image.Source{
			Suite: suite, Package: "linux-image-cloud-" + arch, Arch: arch, Files: kernelFiles(),
		})
	}
	return k
}

// newest is the newest kernel of all.
func newest() Kernel {
	k := debian("newest", "amd64", "forky", "sid")
	// Since Linux 6.18 memory for programs comes from an allocator that does without
	// cmpxchg16b, which guests do not have, in caches that are checked only.
	k.Cmdline = []string{"slab_debug=F,kmalloc-*"}
	k.Steady = true
	return k
}

func ubuntu(name, suite, pack string) Kernel {
	return Kernel{Name: name, Arch: "amd64", Sources: []image.Source{{
		Ubuntu: true, Suite: suite, Package: pack, Arch: "amd64", Files: kernelFiles(),
	}}}
}

// kernelFiles is where packages have kernels; the second since Debian 14.
func kernelFiles() []string { return []string{"boot/vmlinuz-*", "usr/lib/modules/*/vmlinuz"} }

// busybox is the guests' shell and tools: one version for all, so that kernels
// are what differs.
func busybox(arch string) image.Source {
	return image.Source{Suite: "bookworm", Package: "busybox-static", Arch: arch, Files: []string{"bin/busybox"}}
}

// Find returns the kernel with that name.
func Find(name string) (Kernel, error) {
	for _, k := range kernels() {
		if k.Name == name {
			return k, nil
		}
	}
	return Kernel{}, fmt.Errorf("no kernel %q: there are %s", name, strings.Join(Names(), ", "))
}

// Names lists the kernels, the oldest first.
func Names() []string {
	var names []string
	for _, k := range kernels() {
		names = append(names, k.Name)
	}
	return names
}
