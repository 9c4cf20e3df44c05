package plugin

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// opens is a stream in which one program collects keys and another is SSH.
const opens = `{"eventName":"openat","executable":{"path":"/usr/bin/cat"},"processEntityId":7,"args":[{"name":"pathname","type":"const char*","value":"/root/.ssh/id_rsa"}]}
{"eventName":"openat","executable":{"path":"/usr/bin/ssh"},"processEntityId":8,"args":[{"name":"pathname","type":"const char*","value":"/root/.ssh/id_rsa"}]}
{"eventName":"openat","executable":{"path":"/usr/bin/cat"},"processEntityId":7,"args":[{"name":"pathname","type":"const char*","value":"/root/.ssh/id_rsa.pub"}]}
{"eventName":"openat","executable":{"path":"/usr/bin/cat"},"processEntityId":7,"args":[{"name":"pathname","type":"const char*","value":"/root/.ssh/id_ed25519"}]}
{"eventName":"ptrace","args":[{"name":"request","type":"long","value":0}]}
`

// rule is a signature in Rego that works beside all plugins.
const rule = `package tracee.beside
__rego_metadoc__ := {"id": "BESIDE", "version": "1", "eventName": "beside"}
tracee_selected_events[s] { s := {"source": "tracee", "name": "ptrace"} }
tracee_match { true }
`

// directory returns a signature directory with the rule in it.
func directory(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "beside.rego"), []byte(rule), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// findings returns the data of the findings on the stream, by signature, and
// the messages about files.
func findings(t *testing.T, dir string) (map[string][]any, string) {
	t.Helper()
	stdout, stderr, code := weir(t, opens, "analyze", "--input", "-", "--signatures", dir, "--output", "json")
	if code != 0 {
		t.Fatalf("exit code %d:\n%s", code, stderr)
	}
	found := map[string][]any{}
	for line := range strings.Lines(stdout) {
		var event struct {
			Data struct {
				Signature struct{ ID string }
				Data      any
			}
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		found[event.Data.Signature.ID] = append(found[event.Data.Signature.ID], event.Data.Data)
	}
	return found, stderr
}

func check(t *testing.T, found map[string][]any, id, want string) {
	t.Helper()
	if got, err := json.Marshal(found[id]); err != nil || string(got) != want {
		t.Errorf("findings of %s: %s, want %s", id, got, want)
	}
}

// The example that is written for Tracee works as it is, with its state.
func TestExample(t *testing.T) {
	needCgo(t)
	dir := directory(t)
	build(t, filepath.Join(dir, "deep", "er", "example.so"), "./example")
	found, messages := findings(t, dir)
	check(t, found, "EX-1", `[{"keys":1,"path":"/root/.ssh/id_rsa"},{"keys":2,"path":"/root/.ssh/id_ed25519"}]`)
	check(t, found, "BESIDE", `[null]`)
	if strings.Contains(messages, ".so") {
		t.Errorf("messages:\n%s", messages)
	}
	list, _, code := weir(t, "", "signature", "list", "--signatures", dir)
	if code != 0 || !strings.Contains(list, "deep/er/example.so:example.KeyCollector") {
		t.Errorf("exit code %d, the list is\n%s", code, list)
	}
}

// A plugin in Weir's own words, and one whose parts are good and bad.
func TestOtherPlugins(t *testing.T) {
	needCgo(t)
	dir := directory(t)
	build(t, filepath.Join(dir, "native.so"), "./testdata/native")
	build(t, filepath.Join(dir, "mixed.so"), "./testdata/mixed")
	found, messages := findings(t, dir)
	label := `{"label":"from the plugin"}`
	check(t, found, "NATIVE-1", "["+strings.Join([]string{label, label, label, label}, ",")+"]")
	check(t, found, "MIXED-1", `[{"request":"PTRACE_TRACEME"}]`)
	check(t, found, "BESIDE", `[null]`)
	for _, want := range []string{
		"mixed.so: signature 1 of ExportedSignatures (<nil>): the signature is nil",
		"mixed.so: signature 3 of ExportedSignatures (*main.tracer): it cannot be copied for each partition: " +
			"*main.tracer.file is a *os.File that exists already; make it in Init instead",
		"mixed.so: signature 4 of ExportedSignatures (*main.tracer): *main.tracer: metadata: the id is empty",
		"mixed.so: data source 1 of ExportedDataSources: the data source is nil",
		"mixed.so: data source tracee/containers is Weir's own",
		"5 not loaded (see above), 3 signatures loaded",
	} {
		if !strings.Contains(messages, want) {
			t.Errorf("the messages lack %q:\n%s", want, messages)
		}
	}
}

// What does not fit is told, for each file by itself, and harms nobody else.
func TestBadPlugins(t *testing.T) {
	needCgo(t)
	dir := directory(t)
	so := func(name string) string { return filepath.Join(dir, name+".so") }
	build(t, so("otherflags"), "./example", "-trimpath", "-tags", "mine")
	build(t, so("othersource"), "./testdata/native", "-overlay", overlay(t))
	for _, name := range []string{"panics", "wrongtype", "nothing"} {
		build(t, so(name), "./testdata/"+name)
	}
	if out, err := goBuild("", so("shared"), "./testdata/native", "-buildmode=c-shared"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.Link(so("nothing"), so("twice")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(so("text"), []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(so("folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(so("open"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(so("open"), 0o666); err != nil { //nolint:gosec // that is the point
		t.Fatal(err)
	}
	found, messages := findings(t, dir)
	check(t, found, "BESIDE", `[null]`)
	for _, want := range []string{
		"otherflags.so: plugin was built with a different version of package ",
		"it was built with -trimpath true instead of none, -tags mine instead of none: build both alike",
		"othersource.so: plugin was built with a different version of package github.com/weirsec/weir/signatures/sdk: " +
			"build the plugin and this program again, from the same sources with the same flags",
		"panics.so: the plugin panics when it is loaded: no licence",
		"wrongtype.so: ExportedSignatures is a map[string]int: it must be a variable of type []detect.Signature",
		"nothing.so: the plugin has no variable ExportedSignatures",
		"shared.so: it was built with -buildmode=c-shared: a plugin needs -buildmode=plugin",
		"text.so: it is no Go plugin: unrecognized file format",
		"twice.so: plugin already loaded, from another file: each plugin needs a main package with a path of its own",
		"open.so: everybody may write to it",
	} {
		if !strings.Contains(messages, want) {
			t.Errorf("the messages lack %q:\n%s", want, messages)
		}
	}
	if strings.Contains(messages, "goroutine") {
		t.Errorf("it crashed:\n%s", messages)
	}
}

// overlay returns an overlay in which a file of the SDK is another: a dependency
// that is not the same although its version is.
func overlay(t *testing.T) string {
	t.Helper()
	original, err := filepath.Abs("../../signatures/sdk/signal.go")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	changed := filepath.Join(dir, "signal.go")
	if err := os.WriteFile(changed, append(text, "\n// Changed is new.\nfunc Changed() {}\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, replace, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A program without cgo says what to do.
func TestStaticProgram(t *testing.T) {
	needCgo(t)
	dir := directory(t)
	build(t, filepath.Join(dir, "example.so"), "./example")
	_, messages := staticList(t, dir)
	want := "example.so: this build cannot load Go plugins: make detector-plugin builds one that can"
	if !strings.Contains(messages, want) || !strings.Contains(messages, "1 signature loaded") {
		t.Errorf("the messages lack %q:\n%s", want, messages)
	}
}
