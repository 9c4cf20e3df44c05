package bpf

import (
	"testing"

	"github.com/cilium/ebpf"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/interest"
)

// Programs that can lose the processor are attached several times, others once;
// none is left behind.
func TestCopies(t *testing.T) {
	p := load(t, Options{})
	if err := p.SetInterest(interest.Of("openat")); err != nil {
		t.Fatal(err)
	}
	k, err := running()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{sysExit, "weir_exec", "weir_fork", "weir_exit"} {
		for i := range copies {
			attached := p.links[copyName(name, i)] != nil
			if want := i == 0 || k.preemptsTracepoints(); attached != want {
				t.Errorf("%s is attached: %v", copyName(name, i), attached)
			}
		}
	}
	if err := p.SetInterest(interest.Interest{}); err != nil {
		t.Fatal(err)
	}
	for i := range copies {
		if p.links[copyName(sysExit, i)] != nil {
			t.Errorf("%s is attached though nobody wants a syscall", copyName(sysExit, i))
		}
	}
	if err := p.Detach(); err != nil || len(p.links) != 0 {
		t.Errorf("%d programs are left: %v", len(p.links), err)
	}
}

// What a program misses is lost only if there is no further copy.
func TestCovered(t *testing.T) {
	p := newPrograms()
	for _, name := range []string{"a", "a copy 1", "a copy 2", "b"} {
		p.progs[name] = new(ebpf.Program)
	}
	for name, want := range map[string]bool{"a": true, "a copy 1": true, "a copy 2": false, "b": false} {
		if got := p.covered(name); got != want {
			t.Errorf("%s is covered: %v", name, got)
		}
	}
}

func TestRelease(t *testing.T) {
	for _, c := range []struct {
		text               string
		tracepoints, hooks bool
	}{
		{"5.10.0-46-cloud-amd64", false, false},
		{"6.14.11", false, false},
		{"6.15-rc1", false, true},
		{"6.18.44", false, true},
		{"7.0.0", true, true},
		{"10.1", true, true},
	} {
		r, err := parseRelease(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if r.preemptsTracepoints() != c.tracepoints || r.preemptsHooks() != c.hooks || r.check() != nil {
			t.Errorf("%+v: tracepoints %v, hooks %v, %v", r, r.preemptsTracepoints(), r.preemptsHooks(), r.check())
		}
	}
}

// Hooks that are to be avoided are used by none, and the reason says so.
func TestAvoid(t *testing.T) {
	p := load(t, Options{Avoid: []catalogue.Hook{catalogue.LSM, catalogue.Fentry, catalogue.Kprobe}})
	if err := p.SetInterest(interest.Of(interest.All)); err != nil {
		t.Fatal(err)
	}
	for _, a := range p.Attachments() {
		if a.Hook == string(catalogue.LSM) || a.Hook == string(catalogue.Fentry) || a.Hook == string(catalogue.Kprobe) {
			t.Errorf("%+v", a)
		}
		if a.Event == "security_file_open" && (!a.Attached || len(a.Refused) != 3) {
			t.Errorf("%+v", a)
		}
	}
}
