package lint

import (
	"encoding/json"
	"testing"

	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/signatures/sdk"
)

// good is a signature in Go with nothing to say against.
func good() Compiled {
	return Compiled{
		File: "a.so:mine.A",
		Metadata: sdk.Metadata{
			ID: "a", Version: "1.0.0", Name: "A", EventName: "a_seen", Description: "Something was seen.",
			Properties: map[string]any{"Severity": 2, "external_id": "T1059"},
		},
		Selectors: []sdk.Selector{{Source: sdk.Source, Name: "openat", Origin: "*"}},
	}
}

func TestCompiled(t *testing.T) {
	with := func(change func(*Compiled)) Compiled {
		c := good()
		change(&c)
		return c
	}
	severity := func(value any) Compiled {
		return with(func(c *Compiled) { c.Metadata.Properties["Severity"] = value })
	}
	other := with(func(c *Compiled) { c.File, c.Metadata.EventName = "b.so:mine.B", "b_seen" })
	for _, c := range []struct {
		name string
		all  []Compiled
		want []string
	}{
		{"good", []Compiled{good()}, nil},
		{"a number of JSON", []Compiled{severity(json.Number("4"))}, nil},
		{"a small number", []Compiled{severity(uint8(0))}, nil},
		{"says nothing", []Compiled{{File: "a.so:mine.A"}}, []string{
			"a.so:mine.A: error WL011: the signature has no id: set one in Metadata()",
			"a.so:mine.A: warning WL013: the signature has no version: set one like 1.0.0",
			"a.so:mine.A: warning WL014: the signature has no name: findings show it as their title",
			"a.so:mine.A: warning WL015: the signature has no eventName: other signatures select its findings by it",
			"a.so:mine.A: warning WL017: the signature has no description: say what was seen and why it matters",
			"a.so:mine.A: warning WL018: properties.Severity is missing, so findings are of medium severity: set 0 (info) to 4 (critical)",
			"a.so:mine.A: info WL019: properties.external_id is missing: name the ATT&CK technique, like T1059.004",
			"a.so:mine.A: error WL020: Selectors() selects no event, so the signature is never evaluated; it is read at loading and cannot depend on an event",
		}},
		{"severity", []Compiled{severity(5)}, []string{"a.so:mine.A: error WL018: properties.Severity is 5: it goes from 0 (info) to 4 (critical)"}},
		{"severity in words", []Compiled{severity([]int{1})}, []string{"a.so:mine.A: error WL018: properties.Severity is no number: it goes from 0 (info) to 4 (critical)"}},
		{"unknown event", []Compiled{with(func(c *Compiled) { c.Selectors[0].Name = "opneat" })}, []string{
			`a.so:mine.A: warning WL022: nothing here produces the event "opneat": did you mean openat?`,
		}},
		{"selects the other", []Compiled{with(func(c *Compiled) { c.Metadata.ID, c.Selectors[0].Name = "c", "b_seen" }), other}, nil},
		{"same id", []Compiled{good(), other}, []string{"b.so:mine.B: error WL012: the id a is also that of a.so:mine.A"}},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, lintFiles(t, nil, Options{Compiled: c.all}), c.want) })
	}
}

// Names are held against those of signatures in Rego as well, those that are not
// wanted are left alone, and what does not load is told.
func TestCompiledBesideRego(t *testing.T) {
	files := map[string]string{"a.rego": head + onOpen + "tracee_match := true\n"}
	twin, bad := good(), good()
	twin.Metadata.ID = "sample"
	bad.Metadata.ID, bad.Metadata.EventName, bad.Metadata.Version = "bad", "bad_seen", "x"
	check(t, lintFiles(t, files, Options{
		Compiled: []Compiled{twin, bad}, Wanted: []string{"sample"},
		Broken: []problem.Problem{{Severity: problem.Error, File: "x.so", Message: "it is no Go plugin"}},
	}), []string{
		"a.rego:3:1: warning WL202: import data.tracee.helpers unused",
		"a.so:mine.A: error WL012: the id sample is also that of a.rego",
		"x.so: error WL001: it is no Go plugin",
	})
}
