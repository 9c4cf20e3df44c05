package golden

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"go.uber.org/goleak"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector/replay"
)

var update = flag.Bool("update", false, "record what no recording has (needs root), and write what recordings decode to")

const (
	node   = "golden"
	bootID = "00000000-0000-0000-0000-000000000001"
	// bootTime is when the recorded machine says that it booted.
	bootTime = 1_700_000_000_000_000_000
)

func TestMain(m *testing.M) {
	switch name := os.Getenv(actionKey); name {
	case "":
		goleak.VerifyTestMain(m)
	case "wait":
		_, _ = os.Stdin.Read(make([]byte, 1))
	default:
		if err := perform(name); err != nil {
			fmt.Fprintln(os.Stderr, name, err)
			os.Exit(1)
		}
	}
}

// decoded is what a recording holds: each event as JSON, and their names.
type decoded struct {
	lines []byte
	names []string
	nodes []string
}

// Batch implements collector.Sink.
func (d *decoded) Batch(b *eventpb.RawBatch) {
	var decoder record.Decoder
	decoder.Reset(b.Envelope)
	seq := b.Envelope.FirstSeq
	for rec, err := range record.Records(b.Records) {
		var e event.Event
		if err == nil {
			err = decoder.Decode(rec, seq, &e)
		}
		if err != nil {
			d.lines = fmt.Appendf(d.lines, "event %d: %v\n", seq, err)
			return
		}
		d.lines = append(event.AppendRawJSON(d.lines, &e), '\n')
		d.names = append(d.names, e.Name())
		d.nodes = append(d.nodes, e.Context.HostName)
		seq++
	}
}

// The rest of collector.Sink has nothing to do for a recording.
func (d *decoded) Record([]byte)       {}
func (d *decoded) Lost(*eventpb.Loss)  {}
func (d *decoded) Idle() time.Duration { return 0 }

// play plays a recording.
func play(t *testing.T, data []byte) *decoded {
	t.Helper()
	r, err := replay.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	d := new(decoded)
	if err := replay.New(r, replay.Options{}).Run(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	return d
}

// recordings returns the recordings by family.
func recordings(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/*.raw")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]byte{}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found[strings.TrimSuffix(filepath.Base(name), ".raw")] = data
	}
	return found
}

// Records of a real kernel decode to the same events, on any machine and for
// ever, and every event of the catalogue has some.
func TestGolden(t *testing.T) {
	if *update {
		updateRecordings(t)
	}
	var names []string
	for family, data := range recordings(t) {
		t.Run(family, func(t *testing.T) {
			got := play(t, data)
			names = append(names, got.names...)
			file := "testdata/" + family + ".json"
			if *update {
				if err := os.WriteFile(file, got.lines, 0o644); err != nil { //nolint:gosec // a test's data is no secret
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.lines, want) {
				t.Errorf("decoded\n%s\nwant\n%s", got.lines, want)
			}
			if i := slices.IndexFunc(got.nodes, func(name string) bool { return name != node && name != "" }); i >= 0 {
				t.Errorf("event %d names the machine that recorded it", i)
			}
			for _, trace := range []string{"/home/", "/root", "go-build"} {
				if bytes.Contains(data, []byte(trace)) {
					t.Errorf("something of the machine that recorded it: %s", trace)
				}
			}
		})
	}
	for _, name := range catalogue.Names() {
		if recordable(name) && !slices.Contains(names, name) {
			t.Errorf("%s is in no recording: run 'go test -run TestGolden -update' as root in this folder, "+
				"with an action in actions_test.go if it is no syscall", name)
		}
	}
}

// recordable reports whether an event can be recorded by causing it. The others
// have tests of their own: what iterators find needs a rootkit (test/kernels), what
// container runtimes tell is no record of the kernel (package runtimes), and a flood
// has to fill half a ring first (package probe).
func recordable(name string) bool {
	e := catalogue.ByName(name)
	return e.Hooks[0] != catalogue.Iterator && e.Hooks[0] != catalogue.Runtime && e.Type != catalogue.EventFlood
}

// The header's part that names the machine is where scrub thinks it is.
func TestScrub(t *testing.T) {
	var h record.Header
	copy(h.NodeName[:], "secret-machine")
	copy(h.Comm[:], "comm")
	rec := slices.Clone(new(record.Builder).Begin(h).Text(0, "text").End())
	scrub(rec)
	if bytes.Contains(rec, []byte("secret")) || !bytes.Contains(rec, []byte(node)) || !bytes.Contains(rec, []byte("comm")) {
		t.Errorf("scrubbed to %q", rec)
	}
}

// scrub replaces the machine's name in a record's header.
func scrub(rec []byte) {
	const at = unsafe.Offsetof(record.Header{}.NodeName)
	var name [unsafe.Sizeof(record.Header{}.NodeName)]byte
	copy(name[:], node)
	copy(rec[at:], name[:])
}

// The actions of the harness themselves work, on a machine without eBPF, too.
func TestActions(t *testing.T) {
	for name, a := range actions() {
		if len(a.events) == 0 || a.family == "" {
			t.Errorf("%s is for nothing", name)
		}
		for _, e := range a.events {
			if catalogue.ByName(e) == nil {
				t.Errorf("%s is for %s, which there is not", name, e)
			}
		}
	}
	if err := perform("no such action"); err == nil {
		t.Error("an action that there is not succeeds")
	}
}
