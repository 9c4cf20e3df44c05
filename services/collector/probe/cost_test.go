package probe

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/collector"
)

// observing is a probe whose records are read and thrown away.
type observing struct {
	probe  *Probe
	cancel context.CancelFunc
	wg     sync.WaitGroup
	err    error
}

func observe(b *testing.B) *observing {
	b.Helper()
	o := &observing{probe: open(b, Config{})}
	c, err := collector.New(collector.Config{Node: "n", Subject: func(string) string { return "s" }},
		o.probe, new(nowhere), stage.Settings{})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	o.cancel = cancel
	o.wg.Go(func() { o.err = c.Run(ctx) })
	return o
}

func (o *observing) stop(b *testing.B) {
	b.Helper()
	o.cancel()
	o.wg.Wait()
	if o.err != nil {
		b.Error(o.err)
	}
}

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

// pairs are measured in each round of a benchmark.
const pairs = 25

func median[T int64 | float64](list []T) T {
	slices.Sort(list)
	return list[len(list)/2]
}

// BenchmarkCost is what a syscall costs the program that is observed, beyond
// what it costs unobserved: medians of pairs, one after the other, the reader
// running. With -benchtime Nx there are N pairs.
func BenchmarkCost(b *testing.B) {
	dir := b.TempDir()
	path := marked(b)
	outside := []interest.Scope{{Paths: []string{"/no/such/prefix"}}}
	for _, c := range []struct {
		name, action, arg string
		n                 int
		wanted            interest.Interest
	}{
		{"idle", "getppids", "", 20_000, interest.Interest{}},
		{"other", "getppids", "", 20_000, interest.Of("ptrace")},
		{"openat", "opens", path, 3_000, interest.Of("openat")},
		{"openat-missing", "missing", filepath.Join(dir, "none"), 3_000, interest.Of("openat")},
		{"security_file_open", "opens", path, 3_000, interest.Of("security_file_open")},
		{"openat-and-security_file_open", "opens", path, 3_000, interest.Of("openat", "security_file_open")},
		{"out-of-scope", "opens", path, 3_000, interest.New(interest.Event{Name: "security_file_open", Scopes: outside})},
	} {
		b.Run(c.name, func(b *testing.B) {
			o := observe(b)
			defer o.stop(b)
			work := startPacer(b, c.action, c.arg, c.n)
			set := func(wanted interest.Interest) float64 {
				if err := o.probe.SetInterest(wanted); err != nil {
					b.Fatal(err)
				}
				return work.step(b)
			}
			set(c.wanted)
			var added, plain []float64
			for b.Loop() {
				for i := range pairs {
					var with, without float64
					if i%2 == 0 {
						with = set(c.wanted)
						without = set(interest.Interest{})
					} else {
						without = set(interest.Interest{})
						with = set(c.wanted)
					}
					added, plain = append(added, with-without), append(plain, without)
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(plain), "unobserved-ns/op")
			b.ReportMetric(median(added), "added-ns/op")
		})
	}
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

// BenchmarkWorkload is how much longer real work takes on the processor while it
// is observed, against no programs in the kernel at all: medians of pairs.
func BenchmarkWorkload(b *testing.B) {
	const archive = "tar cf - /usr/include /usr/share/doc 2>/dev/null | cat >/dev/null"
	dir := b.TempDir()
	source := filepath.Join(dir, "a.c")
	if err := os.WriteFile(source, []byte("#include <stdio.h>\n#include <stdlib.h>\nint main(){return 0;}\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		wanted  interest.Interest
		command []string
	}{
		{"spawns, processes alone", interest.Interest{}, []string{"sh", "-c", "for i in $(seq 300); do /bin/true; done"}},
		{"spawns", stableEvents(), []string{"sh", "-c", "for i in $(seq 300); do /bin/true; done"}},
		{"compilation", stableEvents(), []string{"sh", "-c", "for i in 1 2 3 4 5 6 7 8; do gcc -O1 -c -o " + dir + "/a.o " + source + "; done"}},
		{"tar", stableEvents(), []string{"sh", "-c", archive}},
		{"spawns, all whole", securityEvents(), []string{"sh", "-c", "for i in $(seq 300); do /bin/true; done"}},
		{"tar, all whole", securityEvents(), []string{"sh", "-c", archive}},
	} {
		b.Run(c.name, func(b *testing.B) {
			if _, err := exec.LookPath("gcc"); err != nil && c.name == "compilation" {
				b.Skip(err)
			}
			work := func() time.Duration {
				return childTime(b, func() {
					if out, err := exec.Command(c.command[0], c.command[1:]...).CombinedOutput(); err != nil {
						b.Fatalf("%v: %s", err, out)
					}
				})
			}
			observed := func() time.Duration {
				o := observe(b)
				defer o.stop(b)
				if err := o.probe.SetInterest(c.wanted); err != nil {
					b.Fatal(err)
				}
				return work()
			}
			work()
			var percent []float64
			for i := 0; b.Loop(); i++ {
				var with, without time.Duration
				if i%2 == 0 {
					with, without = observed(), work()
				} else {
					without, with = work(), observed()
				}
				percent = append(percent, 100*float64(with-without)/float64(without))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(percent), "%-more")
		})
	}
}
