package recording

import (
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// padded is an event of exactly n bytes without its line end.
func padded(name string, n int) string {
	text := `{"eventName":"` + name + `"`
	return text + strings.Repeat(" ", n-len(text)-1) + "}"
}

func TestLines(t *testing.T) {
	// More than is read at once, so that a line grows over several blocks.
	const limit = 3*blockSize + 7
	longest := padded("long", limit)
	for _, c := range []struct {
		name, input     string
		events, invalid []string
	}{
		{"empty", "", nil, nil},
		{"no end", `{"eventName":"a"}`, []string{"a@1"}, nil},
		{"two", line("a") + line("b"), []string{"a@1", "b@2"}, nil},
		{"blank lines", "\n \t\r\n" + line("a") + "\n" + line("b") + "\n", []string{"a@3", "b@5"}, nil},
		{"Windows", "{\"eventName\":\"a\"}\r\n", []string{"a@1"}, nil},
		{"byte order mark", "\xef\xbb\xbf" + line("a"), []string{"a@1"}, nil},
		{"not JSON", line("a") + "x\n" + line("b"), []string{"a@1", "b@3"}, []string{"2: event: not JSON"}},
		{"cut off", line("a") + `{"eventName":"b`, []string{"a@1"}, []string{"2: event: not JSON: ends at byte 15"}},
		{"longest", longest + "\n" + line("b"), []string{"long@1", "b@2"}, nil},
		{"longest twice", longest + "\n" + longest + "\n" + line("b"), []string{"long@1", "long@2", "b@3"}, nil},
		{"too long", longest + " \n" + line("b"), []string{"b@2"}, []string{"1: longer than 16 MiB"}},
		{"too long after others", line("a") + longest + " \n" + line("b"), []string{"a@1", "b@3"}, []string{"2: longer than 16 MiB"}},
		{"too long at the end", line("a") + longest + "  ", []string{"a@1"}, []string{"2: longer than 16 MiB"}},
		{
			"much too long, twice", longest + longest + "\n" + longest + longest + "\n" + line("b"),
			[]string{"b@3"},
			[]string{"1: longer", "2: longer"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := NewLines(strings.NewReader(c.input))
			lines.longest = limit
			events, invalid, err := read(t, lines)
			if err != nil || !slices.Equal(events, c.events) {
				t.Errorf("got %v, %v, want %v", events, err, c.events)
			}
			if !slices.EqualFunc(invalid, c.invalid, strings.HasPrefix) {
				t.Errorf("invalid %v, want %v", invalid, c.invalid)
			}
		})
	}
}

func TestLongestLine(t *testing.T) {
	events, invalid, err := read(t, NewLines(strings.NewReader(padded("long", MaxLine)+"\n"+padded("longer", MaxLine+1))))
	if err != nil || !slices.Equal(events, []string{"long@1"}) || !slices.Equal(invalid, []string{"2: longer than 16 MiB"}) {
		t.Errorf("got %v, invalid %v, %v", events, invalid, err)
	}
}

// However the input comes, it is the same.
func TestLinesInPortions(t *testing.T) {
	var input strings.Builder
	var want []string
	for i := range 3000 {
		name := strings.Repeat("x", i%300)
		input.WriteString(line(name))
		want = append(want, name)
	}
	for _, c := range []struct {
		name string
		from io.Reader
	}{
		{"at once", strings.NewReader(input.String())},
		{"byte by byte", iotest.OneByteReader(strings.NewReader(input.String()))},
		{"halves", iotest.HalfReader(strings.NewReader(input.String()))},
		{"with the error", iotest.DataErrReader(strings.NewReader(input.String()))},
		{"any size", &randomReader{from: strings.NewReader(input.String()), r: rand.New(rand.NewPCG(1, 2))}},
	} {
		t.Run(c.name, func(t *testing.T) {
			events := all(t, NewLines(c.from))
			if len(events) != len(want) {
				t.Fatalf("%d events, want %d", len(events), len(want))
			}
			// Only now: what was read earlier must not have been overwritten.
			for i := range events {
				if events[i].Name() != want[i] || events[i].Context.HostName != "n" || events[i].Seq != uint64(i+1) {
					t.Fatalf("event %d is %+v, want %q", i, events[i], want[i])
				}
			}
		})
	}
}

type randomReader struct {
	from io.Reader
	r    *rand.Rand
}

func (r *randomReader) Read(p []byte) (int, error) {
	return r.from.Read(p[:min(len(p), 1+r.r.IntN(5000))])
}

// Lines that are there are handed out before more is waited for.
func TestLinesDoNotWait(t *testing.T) {
	from, to := io.Pipe()
	lines := NewLines(from)
	for _, name := range []string{"a", "b"} {
		sent := make(chan error, 1)
		go func() { _, err := io.WriteString(to, line(name)); sent <- err }()
		piece, err := lines.Next()
		if err != nil {
			t.Fatal(err)
		}
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
		if got := piece.Decode(&Decoder{}); len(got.Events) != 1 || got.Events[0].Name() != name {
			t.Errorf("got %+v", got)
		}
	}
}

func TestLinesError(t *testing.T) {
	broken := errors.New("disk gone")
	events, _, err := read(t, NewLines(io.MultiReader(strings.NewReader(line("a")+line("b")+"{"), iotest.ErrReader(broken))))
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "read line 3") {
		t.Errorf("error %v", err)
	}
	if !slices.Equal(events, []string{"a@1", "b@2"}) {
		t.Errorf("before it: %v", events)
	}
}

// The identity of an event follows from its line and its place alone.
func TestIdentity(t *testing.T) {
	id := func(input string, i int) string {
		events := all(t, NewLines(strings.NewReader(input)))
		return events[i].ID()
	}
	first := id(line("a"), 0)
	if !strings.HasPrefix(first, "n/line-") || !strings.HasSuffix(first, "/1") || len(first) != len("n/line-0123456789abcdef/1") {
		t.Errorf("id %s", first)
	}
	if id(line("a")+line("b"), 0) != first {
		t.Error("the id depends on what comes later")
	}
	for name, other := range map[string]string{
		"place": id("\n"+line("a"), 0), "content": id(line("b"), 0), "node": id(`{"eventName":"a"}`, 0),
	} {
		if other == first {
			t.Errorf("the id does not depend on the %s", name)
		}
	}
	if nobody := id(`{"eventName":"a"}`, 0); !strings.HasPrefix(nobody, "unknown/") {
		t.Errorf("id %s", nobody)
	}
}

// Whatever the lines are: every one that is not blank is an event or invalid,
// once, in its place.
func FuzzLines(f *testing.F) {
	f.Add("a\n{}\n\n", 3)
	f.Add("{\"eventName\":\"x\"}\n{}", 7)
	f.Fuzz(func(t *testing.T, text string, size int) {
		if size <= 0 {
			size = 1
		}
		lines := NewLines(&portionReader{from: strings.NewReader(text), size: size%4096 + 1})
		var d Decoder
		seen := map[int]bool{}
		last := 0
		for {
			piece, err := lines.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			decoded := piece.Decode(&d)
			for _, n := range decoded.Records {
				if n <= last {
					t.Fatalf("line %d after line %d", n, last)
				}
				last, seen[n] = n, true
			}
			for _, bad := range decoded.Invalid {
				seen[bad.Record] = true
			}
		}
		want := 0
		for i, l := range strings.Split(text, "\n") {
			if !blank([]byte(l)) {
				want++
				if !seen[i+1] {
					t.Fatalf("line %d of %q is missing", i+1, text)
				}
			}
		}
		if len(seen) != want {
			t.Fatalf("%d lines, want %d", len(seen), want)
		}
	})
}

type portionReader struct {
	from io.Reader
	size int
}

func (r *portionReader) Read(p []byte) (int, error) { return r.from.Read(p[:min(len(p), r.size)]) }
