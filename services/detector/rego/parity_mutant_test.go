package rego

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/weirsec/weir/internal/conformance"
	"github.com/weirsec/weir/schemas/event"
)

// parityTexts are the shipped signatures by the names of their directories.
func parityTexts(t *testing.T) map[string]string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("..", "..", "..", "signatures", "tracee_parity", "*", "signature.rego"))
	if err != nil || len(found) < 10 {
		t.Fatalf("%d signatures: %v", len(found), err)
	}
	texts := map[string]string{}
	for _, name := range found {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(filepath.Dir(name))] = string(text)
	}
	return texts
}

// recordedEvents are the events of the recorded cases.
func recordedEvents(t *testing.T) []*event.Event {
	t.Helper()
	var events []*event.Event
	for _, name := range conformance.Files(t, "tracee/rego-signatures/*/*/*.json") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var c struct {
			Events []json.RawMessage `json:"events"`
		}
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, text := range c.Events {
			e, err := event.ParseJSON(text)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			events = append(events, e)
		}
	}
	if len(events) < 40 {
		t.Fatalf("only %d recorded events", len(events))
	}
	return events
}

// swaps are what an author could have written instead: whatever stands in a
// group may take the place of the others in it.
func swaps() [][]string {
	return [][]string{
		{"startswith(", "endswith(", "contains("},
		{" == ", " != "},
		{"not ", ""},
		{"is_file_write(", "is_file_read(", "is_elf_file("},
		{`"pathname"`, `"flags"`, `"prev_comm"`, `"dev_name"`, `"addr"`, `"remote_addr"`, `"bytes"`, `"new_pathname"`, `"argv"`},
		{"input.processName", "input.executable.path", "input.containerId", "input.syscall"},
		{":= ", "= "},
		{`"/`, `"/etc/`, `"`, `"\ufffd`},
		{"input.threadId == 1", "true", "input.userId == 0"},
		{"lower(", "upper(", "trim_space("},
	}
}

// bodyLine is a line inside a body, which can be left out or said twice.
var bodyLine = regexp.MustCompile(`(?m)^\t[^"\n][^\n]*\n`)

// mutant is a signature that somebody changed in a few places.
func mutant(r *rand.Rand, text string) string {
	start := strings.Index(text, "tracee_match")
	head, body := text[:start], text[start:]
	for range 1 + r.IntN(4) {
		switch lines := bodyLine.FindAllStringIndex(body, -1); {
		case r.IntN(4) == 0 && len(lines) > 0:
			at := lines[r.IntN(len(lines))]
			body = body[:at[0]] + strings.Repeat(body[at[0]:at[1]], 2*r.IntN(2)) + body[at[1]:]
		case r.IntN(8) == 0:
			// The rules once more, changed in another way afterwards.
			body += "\n" + body
		default:
			body = swapped(r, body)
		}
	}
	return head + body
}

// swapped puts one thing in the place of another one of its group.
func swapped(r *rand.Rand, body string) string {
	all := swaps()
	group := all[r.IntN(len(all))]
	from, to := group[r.IntN(len(group))], group[r.IntN(len(group))]
	if from == "" {
		return body
	}
	places := strings.Count(body, from)
	if places == 0 {
		return body
	}
	at := 0
	for range r.IntN(places) + 1 {
		at += strings.Index(body[at:], from) + len(from)
	}
	return body[:at-len(from)] + to + body[at:]
}

// disturbed is a recorded event that is changed in a few places: it stays near
// to what the signatures look for, as events at random do not.
func disturbed(r *rand.Rand, events []*event.Event) *event.Event {
	e := events[r.IntN(len(events))]
	changed, shape, c := *e, *e.Shape, *e.Context
	shape.Args, changed.Values = slices.Clone(shape.Args), slices.Clone(e.Values)
	changed.Shape, changed.Context = &shape, &c
	for range r.IntN(3) {
		other := events[r.IntN(len(events))]
		switch k := r.IntN(6); {
		case k == 0:
			c.ProcessName = other.Context.ProcessName
		case k == 1:
			c.TID = int32(r.IntN(3))
		case k == 2 && len(changed.Values) > 0:
			changed.Values[r.IntN(len(changed.Values))] = odd(r)
		case k == 3 && len(other.Values) > 0:
			at := r.IntN(len(other.Values))
			shape.Args, changed.Values = append(shape.Args, other.Shape.Args[at]), append(changed.Values, other.Values[at])
		case k == 4 && len(changed.Values) > 0:
			at := r.IntN(len(changed.Values))
			if v := changed.Values[at]; v.Kind() == event.KindString {
				changed.Values[at] = event.String([]string{strings.ToUpper(v.Text()), "\xff" + v.Text(), v.Text() + "/x"}[r.IntN(3)])
			}
		default:
			shape.Name = other.Shape.Name
		}
	}
	return &changed
}

// The shipped signatures, changed in a few places, come out the same in all ways
// for the recorded events, changed in a few places.
func TestMutantsOfShippedSignatures(t *testing.T) {
	total := comparisons(t, 6_000)
	texts, events := parityTexts(t), recordedEvents(t)
	var names []string
	for name := range texts {
		names = append(names, name)
	}
	slices.Sort(names)
	r := rand.New(rand.NewPCG(9, uint64(total)))
	done, matches, failures, refused, left := 0, 0, 0, 0, 0
	for done < total {
		text := mutant(r, texts[names[r.IntN(len(names))]])
		programs, _ := NewLoader(Options{}).Load(t.Context(), fstest.MapFS{"a.rego": &fstest.MapFile{Data: []byte(text)}}, "")
		if len(programs) == 0 {
			if refused++; refused > total {
				t.Fatal("OPA refuses all of it")
			}
			continue
		}
		rival := newRival(programs[0])
		if rival.run == nil {
			t.Fatalf("not compiled: %s\n%s", rival.program.reason, text)
		}
		for range 60 {
			e := disturbed(r, events)
			if difference := rival.compare(t.Context(), e); difference != "" {
				t.Fatalf("%s\n%s\non %s", difference, text, event.AppendJSON(nil, e))
			}
			done++
		}
		matches, failures, left = matches+rival.matches, failures+rival.errors, left+rival.left
	}
	t.Logf("%d comparisons, %d matches, %d errors, %d left out by the prefilter; %d mutants refused by OPA",
		done, matches, failures, left, refused)
	if matches < done/200 || left < done/20 {
		t.Error("hardly anything matched, or was left out")
	}
}
