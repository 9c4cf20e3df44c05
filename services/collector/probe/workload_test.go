package probe

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/interest"
)

// childTime is the processor time that do's child processes take.
func childTime(b *testing.B, do func()) time.Duration {
	b.Helper()
	used := func() time.Duration {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_CHILDREN, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	do()
	return used() - before
}

// stableEvents are what the shipped default pack wants, "stable".
func stableEvents() interest.Interest {
	return interest.New(interest.Event{Name: "ptrace"}, interest.Event{Name: "security_file_open", Scopes: []interest.Scope{
		{Paths: []string{"/etc/shadow", "/etc/gshadow", "/etc/ld.so.preload"}},
	}})
}

// securityEvents are what the shipped signatures of both packs want, and more:
// none is narrowed to containers or certain programs.
func securityEvents() interest.Interest {
	return interest.Of("ptrace", "security_file_open", "security_inode_rename", "security_socket_connect", "security_sb_mount",
		"security_bprm_check", "security_kernel_read_file", "mem_prot_alert", "magic_write", "socket_dup", "init_module",
		"process_vm_writev")
}

// workload is real work in a shell.
type workload struct {
	name   string
	script string
	wanted interest.Interest
	// syscalls tells that some syscall is wanted, so that there is a program at the
	// end of each.
	syscalls bool
}

func workloads(b *testing.B) []workload {
	b.Helper()
	const (
		spawns  = "for i in $(seq 300); do /bin/true; done"
		archive = "tar cf - /usr/include /usr/share/doc 2>/dev/null | cat >/dev/null"
		// As people use it: the work is in the compression.
		compressed = "tar czf - /usr/include 2>/dev/null | cat >/dev/null"
	)
	dir := b.TempDir()
	source := filepath.Join(dir, "a.c")
	if err := os.WriteFile(source, []byte("#include <stdio.h>\n#include <stdlib.h>\nint main(){return 0;}\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	compile := "for i in 1 2 3 4 5 6 7 8; do gcc -O1 -c -o " + dir + "/a.o " + source + "; done"
	return []workload{
		{"spawns, processes alone", spawns, interest.Interest{}, false},
		{"spawns", spawns, stableEvents(), true},
		{"compilation", compile, stableEvents(), true},
		{"tar, compressed", compressed, stableEvents(), true},
		{"tar", archive, stableEvents(), true},
		{"spawns, all whole", spawns, securityEvents(), true},
		{"tar, all whole", archive, securityEvents(), true},
	}
}

// time is the processor time of the work: the median of three.
func (w workload) time(b *testing.B) float64 {
	b.Helper()
	var list []float64
	for range 3 {
		list = append(list, float64(childTime(b, func() {
			if out, err := exec.Command("sh", "-c", w.script).CombinedOutput(); err != nil {
				b.Fatalf("%s: %v: %s", w.script, err, out)
			}
		})))
	}
	return median(list)
}

// observed is the same while the work is observed.
func (w workload) observed(b *testing.B) float64 {
	b.Helper()
	o := observe(b)
	defer o.stop(b)
	if err := o.probe.SetInterest(w.wanted); err != nil {
		b.Fatal(err)
	}
	return w.time(b)
}

// BenchmarkWorkload is how much longer real work takes on the processor while it
// is observed, against no programs in the kernel at all: medians of pairs. Where
// syscalls are wanted, floor-% is what an empty program at the end of each adds in
// the same rounds: no program there can cost less.
func BenchmarkWorkload(b *testing.B) {
	for _, w := range workloads(b) {
		b.Run(w.name, func(b *testing.B) {
			if _, err := exec.LookPath("gcc"); err != nil && w.name == "compilation" {
				b.Skip(err)
			}
			f := openFloor(b)
			w.time(b)
			var more, least, plain []float64
			for i := 0; b.Loop(); i++ {
				var with, without, empty float64
				steps := []func(){
					func() { without = w.time(b) },
					func() { with = w.observed(b) },
				}
				if w.syscalls {
					steps = append(steps, func() { f.under(b, func() { empty = w.time(b) }) })
				}
				for k := range steps {
					steps[(i+k)%len(steps)]()
				}
				plain = append(plain, without/float64(time.Millisecond))
				more = append(more, 100*(with-without)/without)
				least = append(least, 100*(empty-without)/without)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(plain), "unobserved-ms")
			b.ReportMetric(median(more), "%-more")
			if w.syscalls {
				b.ReportMetric(median(least), "floor-%")
			}
		})
	}
}
