package correlate

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

// talented is a base that can do whatever a Program may.
type talented struct {
	base
	instance *talentedInstance
}

type talentedInstance struct {
	baseInstance
	host sdk.Host
}

var errTalented = errors.New("from the base")

func (talented) Tier() (tier, reason string) { return "compiled", "why" }
func (talented) State() []sdk.StateSpec      { return []sdk.StateSpec{{Name: "s", TTL: 1}} }
func (talented) Check() error                { return errTalented }

func (p talented) NewInstance(report func(engine.Report)) engine.Instance {
	p.instance.report = report
	return p.instance
}

func (i *talentedInstance) UseHost(h sdk.Host) { i.host = h }

func (i *talentedInstance) OnSignal(context.Context, sdk.Signal) error {
	i.report(engine.Report{})
	return errTalented
}

type noHost struct{}

func (noHost) State(string) sdk.Store                           { return nil }
func (noHost) DataSource(string, string) (sdk.DataSource, bool) { return nil, false }

// What the base can do, it can do with a correlation.
func TestBaseShinesThrough(t *testing.T) {
	under := &talentedInstance{}
	p, err := New(talented{base{[]string{"openat"}}, under}, count(1))
	if err != nil {
		t.Fatal(err)
	}
	made := p.(*program)
	if tier, why := made.Tier(); tier != "compiled" || why != "why" {
		t.Errorf("tier %s, %s", tier, why)
	}
	if len(made.State()) != 1 || !errors.Is(made.Check(), errTalented) || made.Unwrap().Digest() != "d" {
		t.Error("state, check or base are not those of the base")
	}
	if c := p.Metadata().Correlation; c == nil || c.Type != sdk.EventCount {
		t.Errorf("the correlation is %+v", c)
	}
	if p.Metadata().ID != "base" || p.Source() != "here" || len(p.Selectors()) != 1 {
		t.Error("the program is not known as its base")
	}
	reports := 0
	i := p.NewInstance(func(engine.Report) { reports++ }).(*receiving)
	i.UseHost(noHost{})
	if under.host == nil {
		t.Error("the base has no host")
	}
	if err := i.OnSignal(t.Context(), sdk.Signal{}); !errors.Is(err, errTalented) {
		t.Error(err)
	}
	if reports != 0 || i.Forgotten().Valueless != 1 {
		t.Errorf("%d reports of a signal, forgotten %+v", reports, i.Forgotten())
	}
}

func TestPlainBase(t *testing.T) {
	p := newProgram(t, count(1), "openat").(*program)
	if tier, why := p.Tier(); tier+why != "" || p.State() != nil || p.Check() != nil {
		t.Error("the base can do more than it says")
	}
	i := p.NewInstance(func(engine.Report) {})
	i.(*instance).UseHost(noHost{})
	if _, wants := i.(interface {
		OnSignal(ctx context.Context, s sdk.Signal) error
	}); wants {
		t.Error("the base wants no signals")
	}
}

func TestDigest(t *testing.T) {
	digest := func(c sdk.Correlation) string { return newProgram(t, c, "openat").Digest() }
	first, second := digest(count(2)), digest(count(2))
	if first != second {
		t.Error("one correlation has two digests")
	}
	seen := map[string]string{first: "itself", "d": "the base"}
	for name, change := range map[string]func(c *sdk.Correlation){
		"number":   func(c *sdk.Correlation) { c.Condition.AtLeast++ },
		"timespan": func(c *sdk.Correlation) { c.Timespan++ },
		"group":    func(c *sdk.Correlation) { c.GroupBy = nil },
		"type":     func(c *sdk.Correlation) { c.Type, c.Condition.Field = sdk.ValueCount, "processId" },
		"rules": func(c *sdk.Correlation) {
			c.Type, c.Rules, c.Condition = sdk.Temporal, []string{"openat"}, sdk.Condition{}
		},
	} {
		c := count(2)
		change(&c)
		if other := seen[digest(c)]; other != "" {
			t.Errorf("another %s gives the digest of %s", name, other)
		}
		seen[digest(c)] = name
	}
}

func TestNewErrors(t *testing.T) {
	temporal := func(names ...string) sdk.Correlation {
		return sdk.Correlation{Type: sdk.Temporal, Timespan: time.Minute, Rules: names}
	}
	values := func(path string) sdk.Correlation {
		c := count(1)
		c.Type, c.Condition.Field = sdk.ValueCount, path
		return c
	}
	grouped := func(path string) sdk.Correlation {
		c := count(1)
		c.GroupBy = []string{path}
		return c
	}
	for _, c := range []struct {
		name        string
		correlation sdk.Correlation
		selected    []string
		want        string
	}{
		{"nothing", sdk.Correlation{}, nil, "correlation: timespan: "},
		{"group", grouped("procname"), nil, `group-by: there is no field "procname": there are args.<argument>`},
		{"empty group", grouped(""), nil, `group-by: "" is no path`},
		{"object", grouped("container"), nil, "group-by: container is not one value: name one inside it: container.id, "},
		{"arguments", grouped("args"), nil, "group-by: args is not one value: name one inside it, such as args.pathname"},
		{"document", values("data"), nil, "condition: field: data is not one value"},
		{"dots", values("args..x"), nil, `condition: field: "args..x" is no path`},
		{"list", values("stackAddresses"), nil, `there is no field "stackAddresses"`},
		{"rule that is not selected", temporal("a", "b"), []string{"a"}, `rules: "b" is not selected`},
		{"selected and no rule", temporal("a"), []string{"a", "b"}, `rules: "b" is selected and no rule`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := New(base{c.selected}, c.correlation)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	// Whoever selects everything means those that are rules.
	p := newProgram(t, temporal("a"), "")
	_, e := evaluator(p)
	if found := evaluate(t, e, at("b", 1), at("a", 2)); len(found) != 1 {
		t.Errorf("findings %v", found)
	}
}
