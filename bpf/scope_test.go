package bpf

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/interest"
)

// passes does what the kernel programs do with a compiled scope.
func (c *compiledScope) passes(f *interest.Facts, hostCgroup bool, path string) bool {
	mask := c.scope.All
	if mask == 0 {
		return true
	}
	mask &= c.scope.Comm | c.comms[f.Comm]
	mask &= c.scope.Uid | c.uids[f.UID]
	if hostCgroup {
		mask &= c.scope.Host
	}
	if f.PathKnown && mask&c.scope.Path == 0 && !c.headWanted(path) {
		return false
	}
	found, longest := uint64(0), -1
	for prefix, bits := range c.paths {
		if strings.HasPrefix(path, prefix) && len(prefix) > longest {
			found, longest = bits, len(prefix)
		}
	}
	return !f.PathKnown && mask != 0 || mask&(c.scope.Path|found) != 0
}

// headWanted does what headers/heads.h does with a path.
func (c *compiledScope) headWanted(path string) bool {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if c.scope.Heads[0] == 0 || name == "" || path[0] != '/' {
		return true
	}
	var text [headMax]byte
	copy(text[:], "/"+name+"/")
	word := binary.LittleEndian.Uint64(text[:])
	for i, head := range c.scope.Heads {
		if head != 0 && word&c.scope.HeadBits[i] == head {
			return true
		}
	}
	return false
}

func TestHeads(t *testing.T) {
	for _, c := range []struct {
		wanted   string
		yes, not []string
	}{
		{"/etc/shadow", []string{"/etc/passwd", "/etc"}, []string{"/etcetera/x", "/et/c", "/usr/etc/shadow", "/"}},
		{"/dev", []string{"/dev", "/dev/null", "/developer/x"}, []string{"/de/v"}},
		{"/containers/x", []string{"/contain", "/containment/y"}, []string{"/contai/x"}},
		{"/containers", []string{"/containers"}, []string{"/con"}},
		{"/", []string{"/", "/a", "/a/b"}, nil},
		{"", []string{"/", "/a", "memfd:x"}, nil},
		{"|/etc/shadow", []string{"/a", "memfd:x"}, nil},
		{"memfd:", []string{"/a", "memfd:x"}, nil},
		{"/a/b|memfd:", []string{"/a/c", "memfd:x"}, []string{"/b"}},
		{"/1/|/2/|/3/|/4/|/5/|/6/|/7/|/8/", []string{"/8/x"}, []string{"/9/x"}},
		{"/1/|/2/|/3/|/4/|/5/|/6/|/7/|/8/|/9/", []string{"/a/x"}, nil},
	} {
		compiled := compileScopes(catalogue.SecurityFileOpen.Event(), []interest.Scope{{Paths: strings.Split(c.wanted, "|")}})
		for _, path := range c.yes {
			if !compiled.headWanted(path) {
				t.Errorf("%q leaves out %q", c.wanted, path)
			}
		}
		for _, path := range c.not {
			// The root itself has no name that could be judged.
			if compiled.headWanted(path) != (path == "/") {
				t.Errorf("%q lets %q pass", c.wanted, path)
			}
		}
	}
}

// Whatever the scopes: the kernel lets an event through wherever one of them
// holds; and what it knows for certain, it uses.
func TestScopesLoseNothing(t *testing.T) {
	pick := func(list ...string) string { return list[rand.IntN(len(list))] }
	some := func(list ...string) (out []string) {
		for _, v := range list {
			if rand.IntN(3) == 0 {
				out = append(out, v)
			}
		}
		return out
	}
	openat := catalogue.Openat.Event()
	filtered, admitted := 0, 0
	for range 20_000 {
		var scopes []interest.Scope
		for range 1 + rand.IntN(5) {
			s := interest.Scope{
				Comms: some("sh", "cat", "nginx", "fifteen-letters"), Origin: pick("", "", interest.OriginHost, interest.OriginContainer),
				Paths: some("/", "/etc/", "/etc/pass", "/etc/passwd", "/proc/", "/proc/1"),
			}
			if rand.IntN(4) == 0 {
				s.UIDs = []uint32{0, 33}
			}
			scopes = append(scopes, s)
		}
		want := interest.New(interest.Event{Name: "openat", Scopes: scopes})
		one, _ := want.Find("openat")
		compiled := compileScopes(openat, one.Scopes)
		f := interest.Facts{
			Event: "openat", Comm: pick("sh", "cat", "vim", "fifteen-letters"), UID: uint32(rand.IntN(2) * 33),
			Origin:    pick(interest.OriginHost, interest.OriginContainer),
			Path:      pick("/etc/passwd", "/etc/passwd-", "/etc/hosts", "/proc/1/mem", "/proc/12", "/usr", "relative", ""),
			PathKnown: rand.IntN(10) > 0,
		}
		hostCgroup := f.Origin == interest.OriginHost && rand.IntN(2) == 0
		passes := compiled.passes(&f, hostCgroup, f.Path)
		if want.Admits(f) {
			admitted++
			if !passes {
				t.Fatalf("%+v is wanted by %+v and filtered", f, one.Scopes)
			}
		} else if !passes {
			filtered++
		}
	}
	if filtered < 1000 || admitted < 1000 {
		t.Errorf("%d filtered, %d admitted: the test proves little", filtered, admitted)
	}
}

func TestTooManyScopesLetAllThrough(t *testing.T) {
	if c := compileScopes(catalogue.Openat.Event(), make([]interest.Scope, maxAlternatives+1)); c.scope.All != 0 {
		t.Errorf("%+v", c.scope)
	}
	// An event without a path to compare is not narrowed by one.
	c := compileScopes(catalogue.Ptrace.Event(), []interest.Scope{{Paths: []string{"/etc"}}})
	if c.scope.All != 1 || c.scope.Path != 1 || len(c.paths) != 0 {
		t.Errorf("%+v", c)
	}
}
