package probe

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/schemas/record"
)

// The kernel leaves out what is in no scope, by path, name and user, and counts
// it; what is in one arrives.
func TestScopesInTheKernel(t *testing.T) {
	dir := t.TempDir()
	wanted, other := filepath.Join(dir, "wanted", "file"), filepath.Join(dir, "other")
	for _, err := range []error{os.Mkdir(filepath.Dir(wanted), 0o755), os.WriteFile(wanted, nil, 0o644), os.WriteFile(other, nil, 0o644)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	p := open(t, Config{})
	self := interest.Scope{Comms: []string{"probe.test"}}
	for _, c := range []struct {
		name       string
		scopes     []interest.Scope
		wanted, no bool
	}{
		{"no scope", nil, true, true},
		{"a path", []interest.Scope{{Paths: []string{filepath.Dir(wanted) + "/"}}}, true, false},
		{"the whole path", []interest.Scope{{Paths: []string{wanted}}}, true, false},
		{"one of two paths", []interest.Scope{{Paths: []string{"/no/such", filepath.Dir(wanted)}}}, true, false},
		{"another path", []interest.Scope{{Paths: []string{"/no/such"}}}, false, false},
		{"own name", []interest.Scope{self}, true, true},
		{"another name", []interest.Scope{{Comms: []string{"nobody"}}}, false, false},
		{"own user", []interest.Scope{{UIDs: []uint32{uint32(os.Getuid())}}}, true, true},
		{"another user", []interest.Scope{{UIDs: []uint32{4_000_000}}}, false, false},
		{"name and path", []interest.Scope{{Comms: self.Comms, Paths: []string{wanted}}}, true, false},
		{"name, but another path", []interest.Scope{{Comms: self.Comms, Paths: []string{"/no/such"}}}, false, false},
		{"one alternative of two", []interest.Scope{{Comms: []string{"nobody"}}, {Paths: []string{wanted}}}, true, false},
		{"the longer prefix is another's", []interest.Scope{{Paths: []string{dir}}, {Comms: []string{"nobody"}, Paths: []string{wanted}}}, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			wants := interest.New(
				interest.Event{Name: "openat", Scopes: c.scopes}, interest.Event{Name: "security_file_open", Scopes: c.scopes},
			)
			if err := p.SetInterest(wants); err != nil {
				t.Fatal(err)
			}
			before := []uint64{count(t, p, catalogue.Openat).Filtered, count(t, p, catalogue.SecurityFileOpen).Filtered}
			child(t, "opens", wanted, "1")
			child(t, "opens", other, "1")
			events := drained(t, p)
			for i, typ := range []catalogue.Type{catalogue.Openat, catalogue.SecurityFileOpen} {
				got := map[string]int{}
				for _, e := range events {
					if e.Name() == typ.String() {
						got[text(t, e, "pathname")]++
					}
				}
				if (got[wanted] == 1) != c.wanted || (got[other] == 1) != c.no {
					t.Errorf("%s: %d of the wanted file, %d of the other", typ, got[wanted], got[other])
				}
				k := count(t, p, typ)
				if !k.Balanced() {
					t.Errorf("%s does not add up: %+v", typ, k)
				}
				if k.Filtered == before[i] && (!c.wanted || !c.no) {
					t.Errorf("%s: nothing was filtered", typ)
				}
			}
		})
	}
}

// drained reads what is in the rings.
func drained(t *testing.T, p *Probe) []event.Event {
	t.Helper()
	sink := &keptSink{}
	for p.drain(sink) > 0 {
	}
	var d record.Decoder
	d.Reset(&eventpb.Envelope{})
	list := make([]event.Event, len(sink.records))
	for i, rec := range sink.records {
		if err := d.Decode(rec, uint64(i), &list[i]); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// keptSink keeps a copy of every record.
type keptSink struct {
	slowSink
	records [][]byte
}

func (s *keptSink) Record(rec []byte) { s.records = append(s.records, bytes.Clone(rec)) }

// Interest changes under load: what is wanted before and after is never missing.
func TestScopesChangeWithoutAGap(t *testing.T) {
	path := marked(t)
	var pid int
	w := &watched{probe: open(t, Config{})}
	mine := interest.Event{Name: "openat", Scopes: []interest.Scope{{Paths: []string{path}}}}
	w.run(t, interest.New(mine), func() {
		done := make(chan struct{})
		go func() {
			defer close(done)
			pid = child(t, "opens", path, "20000")
		}()
		for i := 0; ; i++ {
			more := interest.Event{Name: "openat", Scopes: []interest.Scope{{Comms: []string{string(rune('a' + i%26))}}}}
			if err := w.probe.SetInterest(interest.New(mine, more)); err != nil {
				t.Error(err)
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	got := 0
	for _, e := range w.of("openat", pid) {
		if text(t, e, "pathname") == path {
			got++
		}
	}
	lost := count(t, w.probe, catalogue.Openat).Lost()
	if uint64(got)+lost != 20000 {
		t.Errorf("%d events and %d lost of 20000", got, lost)
	}
}
