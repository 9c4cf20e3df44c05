package e2e

import (
	"bufio"
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// protoOpenat is openat in the form of Tracee's protobuf schema.
func protoOpenat(path string) string {
	return `{"timestamp":"2025-11-20T10:00:00.5Z","id":258,"name":"openat","workload":{"process":{"pid":7,` +
		`"thread":{"name":"cat"}}},"data":[{"name":"pathname","value":"` + path + `"},{"name":"returnValue","value":3}]}` + "\n"
}

// gobEvent has some of the fields that Tracee's events had, by their names.
type gobEvent struct {
	Timestamp int
	EventName string
	Args      []gobArgument
}

type gobArgument struct {
	ArgMeta struct{ Name, Type string }
	Value   any
}

// gobOpenats returns a gob stream, with the terminating event if asked.
func gobOpenats(t *testing.T, eot bool, paths ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	enc := gob.NewEncoder(&out)
	for _, path := range paths {
		e := gobEvent{Timestamp: 5, EventName: "openat", Args: make([]gobArgument, 1)}
		e.Args[0].ArgMeta.Name, e.Args[0].ArgMeta.Type, e.Args[0].Value = "pathname", "const char*", path
		if err := enc.Encode(e); err != nil {
			t.Fatal(err)
		}
	}
	if eot {
		if err := enc.Encode(gobEvent{EventName: "\x04"}); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// found is what a finding in JSON is recognised by.
type found struct {
	ID       string `json:"id"`
	Sequence string `json:"sequence"`
	Data     struct {
		Signature struct {
			ID string `json:"id"`
		} `json:"signature"`
		Event json.RawMessage `json:"event"`
	} `json:"data"`
}

func findings(t *testing.T, stdout string) []found {
	t.Helper()
	var all []found
	for line := range strings.Lines(stdout) {
		var f found
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		all = append(all, f)
	}
	return all
}

// Each form is told by its content, and gives the same findings.
func TestAnalyzeFormats(t *testing.T) {
	paths := []string{"/etc/passwd", "/etc/hosts", "/etc/passwd-"}
	var flat, proto strings.Builder
	for _, path := range paths {
		flat.WriteString(openat(path))
		proto.WriteString(protoOpenat(path))
	}
	for _, c := range []struct{ name, input, args string }{
		{"flat", flat.String(), ""},
		{"flat, said", flat.String(), "--input-tracee format:json"},
		{"protobuf schema", proto.String(), ""},
		{"mixed", openat(paths[0]) + protoOpenat(paths[1]) + protoOpenat(paths[2]), ""},
		{"gob", string(gobOpenats(t, false, paths...)), ""},
		{"gob, said", string(gobOpenats(t, false, paths...)), "--input-tracee format:gob"},
		{"gob of the first tracee-rules", string(gobOpenats(t, true, paths...)), "--tracee-file /dev/stdin"},
		{"gob with its end", string(gobOpenats(t, true, paths...)), "--input-tracee format:gob,option:eot"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"analyze", "--signatures", writeSignature(t, "/etc/passwd"), "--output", "json"}, strings.Fields(c.args)...)
			if !strings.Contains(c.args, "--tracee-file") {
				args = append(args, "--input", "-")
			}
			stdout, stderr, code := outputWith(t, nil, strings.NewReader(c.input), "weir", args...)
			all := findings(t, stdout)
			if code != 0 || len(all) != 2 || !strings.Contains(stderr, "3 events, 2 findings, 0 invalid") {
				t.Fatalf("exit code %d:\n%s\n%s", code, stdout, stderr)
			}
			for i, sequence := range []string{"1", "3"} {
				if strings.TrimLeft(all[i].Sequence, "0") != sequence || !strings.Contains(string(all[i].Data.Event), paths[0]) {
					t.Errorf("finding %d: %+v", i, all[i])
				}
			}
		})
	}
}

// A recording that analyze makes gives the same findings as what it was made of.
func TestAnalyzeRecording(t *testing.T) {
	var input strings.Builder
	for i := range 3000 {
		path := fmt.Sprint("/tmp/", i)
		if i%10 == 0 {
			path = "/etc/passwd"
		}
		input.WriteString(openat(path))
	}
	name := filepath.Join(t.TempDir(), "events.weir")
	stdout, stderr, code := analyze(t, input.String(), "--output", "json", "--record", name)
	want := findings(t, stdout)
	if code != 0 || len(want) != 300 {
		t.Fatalf("exit code %d, %d findings:\n%s", code, len(want), stderr)
	}
	dir := writeSignature(t, "/etc/passwd")
	again := func(args ...string) (string, string, int) {
		return output(t, "weir", append([]string{"analyze", "--input", name, "--signatures", dir, "--output", "json"}, args...)...)
	}
	stdout, stderr, code = again()
	got := findings(t, stdout)
	if code != 0 || len(got) != len(want) || !strings.Contains(stderr, "3000 events, 300 findings, 0 invalid batches") {
		t.Fatalf("exit code %d, %d findings:\n%s", code, len(got), stderr)
	}
	for i := range got {
		if got[i].Sequence != want[i].Sequence || string(got[i].Data.Event) != string(want[i].Data.Event) {
			t.Fatalf("finding %d is %+v, want %+v", i, got[i], want[i])
		}
	}
	if _, stderr, code := again("--record", name); code != 1 || !strings.Contains(stderr, "is the input") {
		t.Errorf("recording over the input: exit code %d:\n%s", code, stderr)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, text[:len(text)-5], 0o600); err != nil {
		t.Fatal(err)
	}
	if stdout, stderr, code := again(); code != 1 || len(findings(t, stdout)) == 0 || !strings.Contains(stderr, "unexpected EOF") {
		t.Errorf("a recording that is cut off: exit code %d:\n%s", code, stderr)
	}
}

// Whoever reads the findings may go; the recording is made all the same.
func TestAnalyzeRecordsWithoutReader(t *testing.T) {
	name := filepath.Join(t.TempDir(), "events.weir")
	cmd := exec.Command(program("weir"), "analyze", "--input", "-", "--signatures", writeSignature(t, "/etc/passwd"), "--output", "json", "--record", name)
	cmd.Stdin = strings.NewReader(strings.Repeat(openat("/etc/passwd"), 3000))
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	_ = stdout.Close()
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if _, stderr, _ := output(t, "weir", "analyze", "--input", name, "--pack", "none"); !strings.Contains(stderr, "3000 events") {
		t.Errorf("recorded: %s", stderr)
	}
}

// A recording of the kernel's records goes through the enricher.
func TestAnalyzeRawRecording(t *testing.T) {
	raw := filepath.Join(moduleRoot(t), "cmd/weir/demo.weir")
	stdout, stderr, code := output(t, "weir", "analyze", "--input", raw, "--output", "json")
	var ids []string
	for _, f := range findings(t, stdout) {
		ids = append(ids, f.Data.Signature.ID)
	}
	if code != 0 || !slices.Contains(ids, "fileless_execution") || !slices.Contains(ids, "anti_debugging") {
		t.Errorf("exit code %d, findings %v:\n%s", code, ids, stderr)
	}
	if !strings.Contains(stdout, `"ancestors":[`) {
		t.Error("the findings have no lineage")
	}
	text, err := os.ReadFile(raw)
	if err != nil {
		t.Fatal(err)
	}
	_, stderr, code = outputWith(t, nil, bytes.NewReader(text[:len(text)-5]), "weir", "analyze", "--input", "-", "--output", "json")
	if code != 1 || !strings.Contains(stderr, "unexpected EOF") || !strings.Contains(stderr, "events, ") {
		t.Errorf("cut off: exit code %d:\n%s", code, stderr)
	}
}

// However many workers there are, the findings and their order are the same.
func TestAnalyzeOrder(t *testing.T) {
	var input strings.Builder
	for i := range 20_000 {
		input.WriteString(openat([]string{"/etc/passwd", "/etc/hosts"}[i%2]))
	}
	ids := func(args ...string) []string {
		stdout, stderr, code := analyze(t, input.String(), append(args, "--output", "json")...)
		if code != 0 {
			t.Fatalf("exit code %d:\n%s", code, stderr)
		}
		var ids []string
		for _, f := range findings(t, stdout) {
			ids = append(ids, f.Sequence+" "+f.ID)
		}
		return ids
	}
	want := ids("--workers", "1")
	if len(want) != 10_000 || !slices.IsSorted(want) {
		t.Fatalf("%d findings, sorted %v", len(want), slices.IsSorted(want))
	}
	if got := ids("--workers", "5"); !slices.Equal(got, want) {
		t.Errorf("%d findings, or others", len(got))
	}
}

// What is no recording is refused at once, with a way out.
func TestAnalyzeOtherFiles(t *testing.T) {
	for _, c := range []struct{ name, input, want string }{
		{"gzip", "\x1f\x8b\x08\x00\x00\x00\x00\x00", "compressed with gzip"},
		{"a program", "\x7fELF\x02\x01\x01\x00", `begins with "\x7fELF`},
	} {
		if stdout, stderr, code := analyze(t, c.input); code != 1 || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: exit code %d:\n%s", c.name, code, stderr)
		}
	}
}
