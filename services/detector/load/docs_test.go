package load

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/sigtest"
	"github.com/weirsec/weir/signatures"
)

// guide returns the author's guide.
func guide(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "signatures.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// blocks returns the code blocks of a language.
func blocks(text, language string) []string {
	var found []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}

// The guide's signatures must load without a word, and its test must pass.
func TestGuide(t *testing.T) {
	files := map[string]string{}
	for i, text := range blocks(guide(t), "rego") {
		files[string(rune('a'+i))+".rego"] = text
	}
	set, problems, err := Load(t.Context(), Request{Dirs: []string{write(t, files)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("problem: %s", p)
	}
	if got, want := idsOf(set), []string{"SAMPLE-1", "drop_and_run", "hidden_reader", "passwd_opened", "port_scan"}; !slices.Equal(got, want) {
		t.Fatalf("the guide has %q, want %q", got, want)
	}
	suites := blocks(guide(t), "yaml")
	if len(suites) != 2 {
		t.Fatalf("%d suites in the guide", len(suites))
	}
	for _, suite := range suites {
		runGuide(t, set, suite)
	}
	runGuide(t, set, portScan(10))
}

// portScan is a test of the guide's port_scan: so many ports within a minute are
// one finding, one less is none.
func portScan(ports int) string {
	try := func(port int) string {
		return fmt.Sprintf("    - {eventName: connect, timestamp: %d, returnValue: -111, args: [{name: addr, "+
			"type: struct sockaddr*, value: {sin_addr: 10.0.0.1, sin_port: %q}}]}\n", int64(port)*int64(5*time.Second), strconv.Itoa(port))
	}
	var text strings.Builder
	text.WriteString("signature: port_scan\ncases:\n")
	for _, tried := range []int{ports - 1, ports} {
		fmt.Fprintf(&text, "  - name: %d ports\n    events:\n", tried)
		for port := range tried {
			text.WriteString(try(port))
		}
	}
	fmt.Fprintf(&text, "    findings:\n    - {event: %d}\n", ports-1)
	return text.String()
}

func runGuide(t *testing.T, set *engine.Set, text string) {
	t.Helper()
	suite, err := sigtest.Parse([]byte(text))
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

// The Go code of the guide is that of the SDK's example, which is compiled.
func TestGuideInGo(t *testing.T) {
	example, err := os.ReadFile(filepath.Join("..", "..", "..", "signatures", "sdk", "example_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range blocks(guide(t), "go") {
		if !strings.Contains(string(example), text) {
			t.Errorf("not in the example of the SDK:\n%s", text)
		}
	}
}

func TestGuideNamesThePacks(t *testing.T) {
	text := guide(t)
	for _, p := range signatures.Packs() {
		if !strings.Contains(text, "| `"+p.Name+"` |") {
			t.Errorf("the guide does not name the pack %s", p.Name)
		}
		for _, id := range p.IDs {
			if !strings.Contains(text, "| `"+id+"` |") {
				t.Errorf("the guide does not name %s", id)
			}
		}
	}
}

// The guide's signature about findings fires on what the first one finds.
func TestGuideChain(t *testing.T) {
	files := map[string]string{}
	for i, text := range blocks(guide(t), "rego") {
		files[string(rune('a'+i))+".rego"] = text
	}
	set, _, err := Load(t.Context(), Request{Dirs: []string{write(t, files)}})
	if err != nil {
		t.Fatal(err)
	}
	for program, want := range map[string][]string{
		"/tmp/.x/tool": {"passwd_opened", "hidden_reader"},
		"/usr/bin/vi":  {"passwd_opened"},
	} {
		e, err := event.ParseJSON([]byte(`{"eventName":"security_file_open","executable":{"path":"` + program + `"},"args":[` +
			`{"name":"pathname","type":"const char*","value":"/etc/passwd"},{"name":"flags","type":"int","value":1}]}`))
		if err != nil {
			t.Fatal(err)
		}
		matches, faults := set.Evaluator().Evaluate(t.Context(), e)
		var got []string
		for _, m := range matches {
			got = append(got, m.Signature.Metadata.ID)
		}
		if !slices.Equal(got, want) || len(faults) > 0 {
			t.Errorf("%s: %q, want %q, faults %v", program, got, want, faults)
		}
	}
}
