package load

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestReport(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"good.rego": "package tracee.Good\n__rego_metadoc__ := {\"id\": \"Good\", \"version\": \"1\"}\n" +
			"tracee_selected_events[s] { s := {\"source\": \"tracee\", \"name\": \"openat\"} }\ntracee_match { true }\n",
		"bad.rego": "package tracee.Bad\n\ntracee_match { = }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var request Request
	flags := pflag.NewFlagSet("weir", pflag.ContinueOnError)
	request.Register(flags)
	if err := flags.Parse([]string{"--signatures", dir, "--pack", "none"}); err != nil {
		t.Fatal(err)
	}
	var messages strings.Builder
	set, bad, err := Report(t.Context(), request, &messages)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(set.Signatures()); n != 1 || bad != 1 {
		t.Errorf("%d signatures and %d bad ones, want one of each", n, bad)
	}
	for _, want := range []string{"bad.rego:3:", "1 not loaded (see above), 1 signature loaded"} {
		if !strings.Contains(messages.String(), want) {
			t.Errorf("does not say %q:\n%s", want, messages.String())
		}
	}
}

func TestReportOfImpossibleRequest(t *testing.T) {
	if _, _, err := Report(t.Context(), Request{Pack: "golden"}, &strings.Builder{}); err == nil {
		t.Error("an unknown pack is accepted")
	}
}
