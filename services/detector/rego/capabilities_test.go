package rego

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
)

func TestCapabilities(t *testing.T) {
	caps, refused := capabilities()
	allowed := map[string]bool{}
	for _, b := range caps.Builtins {
		allowed[b.Name] = true
		if b.Nondeterministic {
			t.Errorf("%s may give another answer each time", b.Name)
		}
	}
	for name := range strings.FieldsSeq(allowedBuiltins) {
		if !allowed[name] {
			t.Errorf("%s is allowed, and OPA does not have it", name)
		}
	}
	for _, name := range []string{
		"http.send", "net.lookup_ip_addr", "time.now_ns", "opa.runtime", "rand.intn", "uuid.rfc4122", "trace",
		"rego.parse_module", "io.jwt.decode_verify", "json.match_schema", "bits.lsh", "regex.globs_match", "graph.reachable_paths",
		"numbers.range_step", "net.cidr_expand",
	} {
		if allowed[name] || !refused[name] {
			t.Errorf("%s is allowed", name)
		}
	}
	if len(allowed)+len(refused) != len(ast.CapabilitiesForThisVersion().Builtins)+len(facts()) {
		t.Errorf("%d allowed and %d refused are not all of OPA's", len(allowed), len(refused))
	}
	if caps.AllowNet == nil || len(caps.AllowNet) != 0 {
		t.Errorf("hosts that may be reached: %v, nil means any", caps.AllowNet)
	}
}

// What authors of Tracee's signatures call must stay allowed.
func TestOldFunctionsStayAllowed(t *testing.T) {
	caps, _ := capabilities()
	for _, name := range []string{
		"startswith", "endswith", "contains", "lower", "split", "concat", "sprintf", "regex.match", "re_match", "count", "any",
		"all", "net.cidr_contains", "base64.decode", "substring", "to_number", "glob.match", "object.get", "walk", "print",
	} {
		if !slices.ContainsFunc(caps.Builtins, func(b *ast.Builtin) bool { return b.Name == name }) {
			t.Errorf("%s is not allowed", name)
		}
	}
}

func TestDeadline(t *testing.T) {
	var d deadline
	asked := func(times int) bool {
		passed := false
		for range times {
			passed = d.Cancelled()
		}
		return passed
	}
	d.start(time.Hour)
	if asked(100 * pollsPerLook) {
		t.Error("an hour has passed")
	}
	d.start(-1)
	if !asked(pollsPerLook) {
		t.Error("a time that is over has not passed")
	}
	if d.start(time.Hour); asked(pollsPerLook) {
		t.Error("the next evaluation has no time of its own")
	}
	if d.Cancel(); !asked(1) {
		t.Error("cancelling has no effect at once")
	}
}
