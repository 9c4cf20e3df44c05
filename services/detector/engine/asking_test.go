package engine

import (
	"context"
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

// prying asks for a source at each event.
type prying struct {
	*written
	id string
}

func (c prying) NewInstance(func(Report)) Instance { return &pryingInstance{id: c.id} }

type pryingInstance struct {
	id   string
	host sdk.Host
}

func (c *pryingInstance) UseHost(h sdk.Host) { c.host = h }

func (c *pryingInstance) Evaluate(context.Context, *Input) error {
	c.host.DataSource("tracee", c.id)
	return nil
}

// declaring is a prying one that says so.
type declaring struct{ prying }

func (declaring) Asks(string, string) bool { return true }

// Who asks for names without saying so is told of, once, and only where nothing
// records them for it.
func TestAskingUndeclared(t *testing.T) {
	asking := func(name, id string, selectors ...sdk.Selector) prying { return prying{always(name, selectors...), id} }
	list := []Program{
		asking("quiet", "dns", onOpenat()), asking("connected", "dns", onOpenat(), on("security_socket_connect")),
		asking("containers", "containers", onOpenat()),
		declaring{asking("declared", "dns", onOpenat())},
	}
	var told []string
	tell := OnUndeclared(func(s *Signature, namespace, id string) {
		told = append(told, s.Metadata.ID+" "+namespace+"/"+id)
	})
	set := NewSet(list, Limits{}, tell, WithSources(&library{}))
	for range 2 {
		e := set.Evaluator()
		for range 3 {
			e.Evaluate(t.Context(), newEvent("openat", "host"))
		}
	}
	again := NewSet(list, Limits{}, tell, WithSources(&library{}))
	again.Inherit(set)
	again.Evaluator().Evaluate(t.Context(), newEvent("openat", "host"))
	if want := []string{"quiet tracee/dns"}; !slices.Equal(told, want) {
		t.Errorf("told of %q, want %q", told, want)
	}
}
