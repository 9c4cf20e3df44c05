package tracee

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector/replay"
)

// flat is an event in Tracee's older form, proto one in its newer.
func flat(name, host string, at int) string {
	return fmt.Sprintf(`{"timestamp":%d,"hostProcessId":7,"processName":"cat","hostName":"%s","containerId":"abc","eventId":"257","eventName":"%s",`+
		`"args":[{"name":"pathname","type":"const char*","value":"/etc/passwd"}],"returnValue":3}`+"\n", at, host, name)
}

func proto(name string) string {
	return fmt.Sprintf(`{"timestamp":"2025-01-31T12:00:00.000000001Z","id":258,"name":"%s","workload":{"process":{"hostPid":9,`+
		`"thread":{"name":"ls"}},"container":{"id":"def"}},"data":[{"name":"pathname","str":"/etc/hosts"},{"name":"returnValue","int64":"4"}]}`+"\n", name)
}

// outcome is what a Reader gave.
type outcome struct {
	batches []*eventpb.RawBatch
	events  []event.Event
	invalid []int
	lost    []*eventpb.Loss
	err     error
}

// all reads everything and decodes it as the enricher would.
func all(t testing.TB, from io.Reader, cfg Config) (o outcome) {
	t.Helper()
	cfg.Invalid = func(line int, err error) {
		if err == nil {
			t.Errorf("line %d is invalid without an error", line)
		}
		o.invalid = append(o.invalid, line)
	}
	r := New(from, cfg)
	for o.err == nil {
		var b *eventpb.RawBatch
		if b, o.err = r.Next(); o.err == nil {
			o.batches = append(o.batches, b)
		}
	}
	// Only now, when all has been read: batches are the caller's.
	for _, b := range o.batches {
		data, err := b.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := record.Unmarshal(data)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := new(batch.Decoder).Decode(raw.Events)
		if err != nil {
			t.Fatal(err)
		}
		if raw.Envelope.Node != decoded.Envelope.Node || int(raw.Envelope.Count) != len(decoded.Events) {
			t.Fatalf("envelope %v of %d events", raw.Envelope, len(decoded.Events))
		}
		o.events = append(o.events, decoded.Events...)
		o.lost = append(o.lost, raw.Envelope.Losses...)
	}
	return o
}

func ids(events []event.Event) (list []string) {
	for _, e := range events {
		list = append(list, e.ID()+" "+e.Name())
	}
	return list
}

func TestReader(t *testing.T) {
	const node = "/import-"
	for _, c := range []struct {
		name, input string
		cfg         Config
		ids         []string
		invalid     []int
		lost        uint64
	}{
		{name: "nothing"},
		{name: "flat", input: flat("openat", "ha", 5), ids: []string{"ha/B/1 openat"}},
		{name: "protobuf schema", input: proto("openat") + proto("execve"), ids: []string{"unknown/B/1 openat", "unknown/B/2 execve"}},
		{name: "no end", input: strings.TrimSpace(flat("openat", "ha", 5)), ids: []string{"ha/B/1 openat"}},
		{name: "blank lines", input: "\n \t\r\n" + flat("a", "ha", 5) + "\n", ids: []string{"ha/B/3 a"}},
		{
			name: "lines that are no events", input: "x\n" + flat("a", "ha", 5) + "{}\n{\"level\":\"info\"}\n" + flat("b", "ha", 6) + "[1",
			ids: []string{"ha/B/2 a", "ha/B/5 b"}, invalid: []int{1, 3, 4, 6}, lost: 4,
		},
		{name: "only garbage", input: "x\ny\n", invalid: []int{1, 2}, lost: 2},
		{
			name: "several hosts", input: flat("a", "ha", 5) + flat("b", "hb", 4) + flat("c", "ha", 6),
			ids: []string{"ha/B/1 a", "ha/B/3 c", "hb/B/2 b"},
		},
		{
			name: "a node", input: flat("a", "ha", 5) + flat("b", "hb", 4), cfg: Config{Node: "n"},
			ids: []string{"n/B/1 a", "n/B/2 b"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.cfg.BootID = "B"
			got := all(t, strings.NewReader(c.input), c.cfg)
			if !errors.Is(got.err, io.EOF) || !slices.Equal(ids(got.events), c.ids) || !slices.Equal(got.invalid, c.invalid) {
				t.Errorf("events %v, invalid %v, error %v", ids(got.events), got.invalid, got.err)
			}
			lost := uint64(0)
			for _, l := range got.lost {
				if l.Reason != "unparsable" || l.Stage != "" {
					t.Errorf("loss %v", l)
				}
				lost += l.Count
			}
			if lost != c.lost {
				t.Errorf("%d lost, want %d", lost, c.lost)
			}
			c.cfg.BootID = ""
			for _, id := range ids(all(t, strings.NewReader(c.input), c.cfg).events) {
				if !strings.Contains(id, node) {
					t.Errorf("id %s", id)
				}
			}
		})
	}
}

// Nothing of an event changes on the way but who says so.
func TestReaderKeeps(t *testing.T) {
	for _, text := range []string{flat("openat", "ha", 5), proto("openat")} {
		want, err := event.ParseJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		got := all(t, strings.NewReader(text), Config{}).events
		if len(got) != 1 || !bytes.Equal(event.AppendRawJSON(nil, &got[0]), event.AppendRawJSON(nil, want)) {
			t.Errorf("%s\nbecame %s", event.AppendRawJSON(nil, want), event.AppendRawJSON(nil, &got[0]))
		}
	}
}

// However the input comes, its events and their ids are the same, and in order.
func TestReaderHowever(t *testing.T) {
	var input strings.Builder
	for i := range 3000 {
		input.WriteString(flat(fmt.Sprint("e", i), fmt.Sprint("h", i%2), 5+i%7))
		if i%100 == 0 {
			input.WriteString("garbage\n")
		}
	}
	want := all(t, strings.NewReader(input.String()), Config{})
	if len(want.events) != 3000 || len(want.invalid) != 30 || len(want.batches) < 3000/batchEvents {
		t.Fatalf("%d events, %d invalid, %d batches", len(want.events), len(want.invalid), len(want.batches))
	}
	sorted := func(o outcome) []string { return slices.Sorted(slices.Values(ids(o.events))) }
	for name, from := range map[string]io.Reader{
		"halves": iotest.HalfReader(strings.NewReader(input.String())), "bytes": iotest.OneByteReader(strings.NewReader(input.String())),
	} {
		got := all(t, from, Config{})
		if !slices.Equal(sorted(got), sorted(want)) || !slices.Equal(got.invalid, want.invalid) {
			t.Errorf("%s: other events", name)
		}
		last := map[string]uint64{}
		for _, e := range got.events {
			if e.Seq <= last[e.Context.Node] {
				t.Fatalf("%s: event %d of %s after %d", name, e.Seq, e.Context.Node, last[e.Context.Node])
			}
			last[e.Context.Node] = e.Seq
		}
	}
}

// An event is handed on as soon as there is nothing else to read.
func TestReaderDoesNotWait(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	r := New(in, Config{})
	for i := range 3 {
		if _, err := out.WriteString(flat("a", "ha", i+1)); err != nil {
			t.Fatal(err)
		}
		if b, err := r.Next(); err != nil || b.Envelope.Count != 1 || b.Envelope.FirstSeq != uint64(i+1) {
			t.Fatalf("batch %v, %v", b, err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("error %v", err)
	}
}

func TestBrokenInput(t *testing.T) {
	broken := errors.New("disk is gone")
	from := io.MultiReader(strings.NewReader(flat("a", "ha", 1)+"half a li"), iotest.ErrReader(broken))
	got := all(t, from, Config{})
	if len(got.events) != 1 || !errors.Is(got.err, broken) || !strings.HasPrefix(got.err.Error(), "read line 2: ") {
		t.Errorf("%d events before %v", len(got.events), got.err)
	}
}

// Another content is another boot, whatever its first line.
func TestBootID(t *testing.T) {
	a, err1 := BootID(strings.NewReader(flat("a", "ha", 1)))
	b, err2 := BootID(strings.NewReader(flat("a", "ha", 1) + flat("b", "ha", 1)))
	again, err3 := BootID(strings.NewReader(flat("a", "ha", 1)))
	if err := errors.Join(err1, err2, err3); err != nil || a == b || a != again {
		t.Errorf("%s, %s, %s, %v", a, b, again, err)
	}
	if _, err := BootID(iotest.ErrReader(errors.New("gone"))); err == nil {
		t.Error("no error")
	}
}

func TestLines(t *testing.T) {
	const most = 300 << 10
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct {
		name, input string
		want        []string
	}{
		{"nothing", "", nil},
		{"lines", "a\n\nb", []string{"a", "", "b"}},
		{"longer than what is read at once", long(readAhead+5) + "\nb\n", []string{long(readAhead + 5), "b"}},
		{"as long as it may be", long(most) + "\n" + long(most), []string{long(most), long(most)}},
		{"too long", "a\n" + long(most+2) + "\nb\n" + long(3*most), []string{"a", "!", "b", "!"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLines(strings.NewReader(c.input), most)
			var got []string
			for {
				line, err := l.next()
				if errors.Is(err, io.EOF) {
					break
				}
				if errors.Is(err, errTooLong) {
					line = []byte("!")
				} else if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(line))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%d lines, want %d", len(got), len(c.want))
			}
		})
	}
}

// Whatever the input: no panic, every line is an event, blank or told, batches
// can be read, and the same input gives the same.
func FuzzReader(f *testing.F) {
	f.Add([]byte(flat("a", "ha", 1)+"x\n\n"+flat("b", "hb", 2)), "")
	f.Add([]byte(proto("a")+proto("b")), "n")
	f.Add([]byte("{}\n\r\n[\n"+strings.TrimSpace(flat("c", "", 0))), "")
	f.Fuzz(func(t *testing.T, data []byte, node string) {
		got := all(t, bytes.NewReader(data), Config{Node: node})
		lines := 0
		for line := range bytes.Lines(data) {
			if !blank(bytes.TrimSuffix(line, []byte{'\n'})) {
				lines++
			}
		}
		lost := 0
		for _, l := range got.lost {
			lost += int(l.Count)
		}
		if !errors.Is(got.err, io.EOF) || lines != len(got.events)+len(got.invalid) || lost != len(got.invalid) {
			t.Fatalf("%d lines, %d events, %d invalid, %d lost: %v", lines, len(got.events), len(got.invalid), lost, got.err)
		}
		again := all(t, iotest.OneByteReader(bytes.NewReader(data)), Config{Node: node})
		if !slices.Equal(slices.Sorted(slices.Values(ids(got.events))), slices.Sorted(slices.Values(ids(again.events)))) {
			t.Fatalf("events %v, and then %v", ids(got.events), ids(again.events))
		}
	})
}

func BenchmarkReader(b *testing.B) {
	input := strings.Repeat(flat("openat", "ha", 5), 1000)
	b.SetBytes(int64(len(input)))
	b.ReportAllocs()
	for b.Loop() {
		var from replay.Batches = New(strings.NewReader(input), Config{})
		var err error
		for err == nil {
			_, err = from.Next()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/event")
}
