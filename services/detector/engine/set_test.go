package engine

import (
	"encoding/json"
	"slices"
	"strconv"
	"testing"

	"github.com/weirsec/weir/internal/conformance"
	"github.com/weirsec/weir/signatures/sdk"
)

func TestInterestNames(t *testing.T) {
	cases := []struct {
		name      string
		selectors []sdk.Selector
		want      []string
	}{
		{"none", nil, []string{}},
		{"sorted, each once", []sdk.Selector{
			{Source: "tracee", Name: "ptrace"},
			{Source: "tracee", Name: "openat", Origin: "host"},
			{Source: "tracee", Name: "openat", Origin: "container"},
		}, []string{"openat", "ptrace"}},
		{"all", []sdk.Selector{onOpenat(), {Source: "tracee"}}, []string{"*"}},
		{"an address has names", []sdk.Selector{{Source: "tracee", Name: "connect"}}, []string{"connect", "net_packet_dns_response"}},
		{"each of them", []sdk.Selector{
			{Source: "tracee", Name: "security_socket_connect", Origin: "container"}, {Source: "tracee", Name: "sendto"},
		}, []string{"net_packet_dns_response", "security_socket_connect", "sendto"}},
		{"no address", []sdk.Selector{{Source: "tracee", Name: "bind"}, {Source: "tracee", Name: "net_packet_dns_request"}}, []string{"bind", "net_packet_dns_request"}},
		{"of no origin that there is", []sdk.Selector{{Source: "tracee", Name: "connect", Origin: "moon"}}, []string{}},
		{"other sources and none", []sdk.Selector{{Source: "audit", Name: "x"}, {Name: "y"}}, []string{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := NewSet(programs(always("A", c.selectors...)), Limits{}).Interest().Names()
			if got == nil || !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	base := func() []*written { return []*written{always("A", onOpenat()), always("B", onOpenat())} }
	version := func(list []*written) string { return NewSet(programs(list...), Limits{}).Version() }
	want := version(base())
	if len(want) != 16 {
		t.Errorf("version %q", want)
	}
	reversed := base()
	slices.Reverse(reversed)
	if version(reversed) != want {
		t.Error("the version depends on the order of loading")
	}
	moved := base()
	moved[0].source = "elsewhere"
	if version(moved) != want {
		t.Error("the version depends on where a signature lies")
	}
	for name, change := range map[string]func(w *written){
		"id":      func(w *written) { w.id = "C" },
		"version": func(w *written) { w.version = "2" },
		"content": func(w *written) { w.digest = "x" },
		"borders": func(w *written) { w.id, w.version = "A1", "" },
	} {
		changed := base()
		change(changed[0])
		if version(changed) == want {
			t.Errorf("the version does not depend on the %s", name)
		}
	}
	if version(base()[:1]) == want {
		t.Error("the version does not depend on what is loaded")
	}
}

func TestVariants(t *testing.T) {
	first, second, third := always("A", onOpenat()), always("A", onOpenat()), always("A", onOpenat())
	first.source, second.source, third.source = "1", "2", "3"
	third.digest = "another"
	set := NewSet(programs(third, second, first), Limits{})
	seen := map[string]bool{}
	matches, _ := set.Evaluator().Evaluate(t.Context(), newEvent("openat", "host"))
	for _, m := range matches {
		seen[m.Version()] = true
	}
	if len(matches) != 3 || len(seen) != 3 || !seen["1"] {
		t.Errorf("versions of equal ids: %v", seen)
	}
}

func TestRecordedDispatch(t *testing.T) {
	var dispatch struct {
		Headers    []sdk.Selector `json:"event_headers"`
		Signatures map[string]struct {
			Selectors  []sdk.Selector `json:"selectors"`
			Deliveries map[string]int `json:"deliveries_by_event_index"`
		} `json:"signatures"`
	}
	if err := json.Unmarshal(conformance.Read(t, "tracee/engine-dispatch/dispatch.json"), &dispatch); err != nil {
		t.Fatal(err)
	}
	var list []Program
	for id, s := range dispatch.Signatures {
		list = append(list, always(id, s.Selectors...))
	}
	set := NewSet(list, Limits{})
	checks := 0
	for i, header := range dispatch.Headers {
		delivered := map[string]int{}
		for _, s := range set.Selecting(header.Source, header.Name, header.Origin) {
			delivered[s.Metadata.ID]++
		}
		for id, s := range dispatch.Signatures {
			// Upstream delivers an event up to four times; here it is once.
			want := min(s.Deliveries[strconv.Itoa(i)], 1)
			if delivered[id] != want {
				t.Errorf("%+v to %s: %d times, want %d", header, id, delivered[id], want)
			}
			checks++
		}
	}
	if checks < 100 {
		t.Errorf("only %d checks", checks)
	}
}
