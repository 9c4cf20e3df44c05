package interest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Interest{
		`["ptrace", "openat", "openat"]`: Of("openat", "ptrace"),
		` []`:                            {},
		`{"events": []}`:                 {},
		`{"events": [{"name": "*"}]}`:    Of(All),
		`{"events": [{"name": "a", "scopes": null}]}`: Of("a"),
		`{"events": [{"name": "a", "scopes": [{"paths": ["/b", "/a", "/a/c"], "uids": [4294967295], "origin": "host", "comms": ["x"]}]}]}`: New(
			Event{"a", []Scope{{Paths: []string{"/a", "/b"}, UIDs: []uint32{1<<32 - 1}, Origin: OriginHost, Comms: []string{"x"}}}},
		),
		// What a later version says narrows, so leaving it out is safe.
		`{"version": 2, "events": [{"name": "a", "rate": 7, "scopes": [{"gids": [1], "origin": "pod", "uids": [1]}]}]}`: New(
			Event{"a", []Scope{{UIDs: []uint32{1}}}},
		),
	} {
		got, err := Parse([]byte(text))
		if err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v, want %v", text, got, err, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	list := func(n int, each string) string { return strings.TrimSuffix(strings.Repeat(each+",", n), ",") }
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "unexpected end"},
		{"no JSON", "{", "unexpected end"},
		{"more than one", `{"events": []} {}`, "after top-level value"},
		{"another kind", `"openat"`, "cannot unmarshal"},
		{"no events", `{}`, `no list of "events"`},
		{"null", `null`, `no list of "events"`},
		{"a number in the old form", `["a", 1]`, "cannot unmarshal"},
		{"no name", `{"events": [{"name": "a"}, {}]}`, "events[1]: there is no name"},
		{"an empty name in the old form", `[""]`, "events[0]: there is no name"},
		{"twice", `{"events": [{"name": "a"}, {"name": "a"}]}`, `events[1]: "a" is there twice`},
		{"a long name", `["` + strings.Repeat("x", MaxName+1) + `"]`, "a name of 257 bytes"},
		{"no scopes", `{"events": [{"name": "a", "scopes": []}]}`, "leave it out"},
		{"all with scopes", `{"events": [{"name": "*", "scopes": [{}]}]}`, "all events"},
		{"many events", `[` + list(MaxEvents+1, `"a"`) + `]`, "4097 events, at most 4096"},
		{"many scopes", `{"events": [{"name": "a", "scopes": [` + list(MaxScopes+1, "{}") + `]}]}`, `"a": 65 scopes`},
		{"many comms", `{"events": [{"name": "a", "scopes": [{"comms": [` + list(MaxTexts+1, `"x"`) + `]}]}]}`, "scopes[0]: 65 comms"},
		{"an empty path", `{"events": [{"name": "a", "scopes": [{}, {"paths": ["/", ""]}]}]}`, "scopes[1]: paths[1]: 0 bytes"},
		{"a long path", `{"events": [{"name": "a", "scopes": [{"paths": ["` + strings.Repeat("x", MaxPath+1) + `"]}]}]}`, "129 bytes"},
		{"a negative uid", `{"events": [{"name": "a", "scopes": [{"uids": [-1]}]}]}`, "cannot unmarshal"},
		{"much", `["` + strings.Repeat("x", MaxBytes) + `"]`, "at most 524288"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Parse([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestEncode(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 1000 {
		i := randomInterest(r)
		text, err := i.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Parse(text); err != nil || !got.Equal(i) {
			t.Fatalf("%s: %v, %v, want %v", text, got, err, i)
		}
	}
}

// What is too large is widened, the largest first.
func TestEncodeWidens(t *testing.T) {
	large := func(name string, scopes int) Event {
		e := Event{Name: name}
		for s := range scopes {
			var paths []string
			for p := range MaxTexts {
				paths = append(paths, fmt.Sprintf("/%d/%d/%s", s, p, strings.Repeat("x", 110)))
			}
			e.Scopes = append(e.Scopes, Scope{Comms: []string{fmt.Sprint(s)}, Paths: paths})
		}
		return e
	}
	i := New(large("a", 40), large("b", 50), large("c", 1), Event{Name: "d"})
	text, err := i.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if want := New(i.Events[0], Event{Name: "b"}, i.Events[2], i.Events[3]); !got.Equal(want) {
		t.Errorf("%v", got)
	}
	if i.Events[1].Scopes == nil {
		t.Error("the interest itself changed")
	}
	var names []string
	for n := range MaxEvents + 1 {
		names = append(names, fmt.Sprint(n))
	}
	if text, err := Of(names...).Encode(); err != nil || string(text) != `{"events":[{"name":"*"}]}` {
		t.Errorf("%s, %v", text, err)
	}
	for n := range names[:MaxEvents] {
		names[n] = strings.Repeat("x", MaxName-4) + fmt.Sprintf("%04d", n)
	}
	if text, err := Of(names[:MaxEvents]...).Encode(); err != nil || string(text) != `{"events":[{"name":"*"}]}` {
		t.Errorf("%s, %v", text, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`["openat"]`, `{"events": [{"name": "*"}]}`, `{"events": [{"name": "a", "scopes": [{"paths": ["/é", "/\ud800"], "comms": ["\u0000"]}]}]}`,
		`{"events": [{"name": "a", "scopes": [{"uids": [1], "origin": "host"}, {"uids": [1], "origin": "container"}]}]}`,
	} {
		f.Add([]byte(text))
	}
	facts := allFacts()
	f.Fuzz(func(t *testing.T, text []byte) {
		i, err := Parse(text)
		if err != nil {
			if len(i.Events) > 0 {
				t.Error("an error, and an interest")
			}
			return
		}
		again, err := i.Encode()
		if err != nil {
			t.Fatal(err)
		}
		read, err := Parse(again)
		if err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		if !read.Equal(i) && len(again) < MaxBytes/2 {
			t.Errorf("%s became %v", again, read)
		}
		_ = i.String()
		for n := range facts {
			for _, e := range i.Events {
				at := facts[n]
				at.Event = e.Name
				if i.Admits(at) && !read.Admits(at) {
					t.Fatalf("%s does not admit %+v", again, at)
				}
			}
		}
	})
}
