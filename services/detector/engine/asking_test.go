package engine

import (
	"slices"
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// asker is a program that asks one source.
type asker struct {
	*written
	source string
}

func (a asker) Asks(namespace, id string) bool { return namespace+"/"+id == a.source }

// outer wraps a program.
type outer struct {
	*written
	inner Program
}

func (o outer) Unwrap() Program { return o.inner }

// Who asks for names gets what they are made of recorded, whatever it selects,
// but is not given it.
func TestAskingForNames(t *testing.T) {
	for name, c := range map[string]struct {
		program Program
		want    []string
	}{
		"dns":           {asker{always("a", onOpenat()), "tracee/dns"}, []string{"net_packet_dns_response", "openat"}},
		"wrapped":       {outer{always("a", onOpenat()), asker{always("a", onOpenat()), "tracee/dns"}}, []string{"net_packet_dns_response", "openat"}},
		"containers":    {asker{always("a", onOpenat()), "tracee/containers"}, []string{"openat"}},
		"another's dns": {asker{always("a", onOpenat()), "mine/dns"}, []string{"openat"}},
		"none":          {always("a", onOpenat()), []string{"openat"}},
		"no events":     {asker{always("a"), "tracee/dns"}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			set := NewSet([]Program{c.program}, Limits{})
			if got := set.Interest().Names(); !slices.Equal(got, c.want) {
				t.Errorf("wants %q, want %q", got, c.want)
			}
			if n := len(set.Selecting(sdk.Source, event.NamesFrom, event.OriginHost)); n != 0 {
				t.Errorf("%d are given the answers", n)
			}
			if matches, faults := set.Evaluator().Evaluate(t.Context(), newEvent(event.NamesFrom, "host")); len(matches)+len(faults) != 0 {
				t.Errorf("%v, %v", matches, faults)
			}
		})
	}
}
