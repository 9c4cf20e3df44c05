package load

import (
	"os"
	"strings"
	"testing"

	"github.com/weirsec/weir/services/detector/sigtest"
)

// scan is a signature in Rego with a correlation.
func scan(correlation string) string {
	return `package tracee.scan
__rego_metadoc__ := {"id": "scan", "version": "1", "eventName": "scan", "correlation": ` + correlation + `}
tracee_selected_events contains {"source": "tracee", "name": "connect"}
tracee_match := {"to": port} if {
	input.returnValue < 0
	some arg in input.args
	arg.name == "addr"
	port := arg.value.sin_port
}
`
}

func TestCorrelationInRego(t *testing.T) {
	dir := write(t, map[string]string{"scan.rego": scan(
		`{"type": "value_count", "group-by": ["processName"], "timespan": "1m", "condition": {"gte": 3, "field": "data.to"}}`)})
	set, problems, err := Load(t.Context(), Request{Dirs: []string{dir}})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	text, err := os.ReadFile("testdata/scan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	suite, err := sigtest.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	results, err := sigtest.Run(t.Context(), set, suite)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if !r.Passed() {
			t.Errorf("%s: %q", r.Case, r.Failures)
		}
	}
}

// A correlation that makes no sense keeps the signature from loading, and says
// where and why.
func TestCorrelationsThatMakeNoSense(t *testing.T) {
	for _, c := range []struct{ name, correlation, want string }{
		{"key", `{"groupby": []}`, "__rego_metadoc__: correlation: groupby: no such key"},
		{"kind", `"event_count"`, "__rego_metadoc__: correlation: must be an object"},
		{
			"field", `{"type": "event_count", "timespan": "1m", "condition": {"gte": 2}, "group-by": ["procName"]}`,
			`correlation: group-by: there is no field "procName": there are args.<argument>`,
		},
		{
			"rule", `{"type": "temporal", "timespan": "1m", "rules": ["accept"]}`,
			`correlation: rules: "accept" is not selected`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := write(t, map[string]string{"scan.rego": scan(c.correlation), "a.rego": signature("A-1", "a")})
			set, problems, err := Load(t.Context(), Request{Dirs: []string{dir}})
			if err != nil || len(set.Signatures()) != 1 {
				t.Fatal(idsOf(set), err)
			}
			if len(problems) != 1 || !strings.Contains(problems[0].String(), c.want) || problems[0].File != dir+"/scan.rego" {
				t.Errorf("problems %v, want %q", problems, c.want)
			}
		})
	}
}

// The content of a signature is another one where only its correlation is.
func TestCorrelationIsContent(t *testing.T) {
	version := func(timespan string) string {
		dir := write(t, map[string]string{"scan.rego": scan(
			`{"type": "event_count", "timespan": "` + timespan + `", "condition": {"gte": 2}}`)})
		set, _, err := Load(t.Context(), Request{Dirs: []string{dir}})
		if err != nil {
			t.Fatal(err)
		}
		return set.Version()
	}
	if version("60s") == version("61s") {
		t.Error("another timespan gives the same version")
	}
}
