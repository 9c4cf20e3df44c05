package template

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/notifier/cloudevent"
	"github.com/weirsec/weir/services/notifier/destination"
)

// event is a flat event with everything that templates ask for.
const event = `{"timestamp":1680190419485136510,"threadStartTime":1,"processorId":4,"processId":77,"cgroupId":18446744073709551615,` +
	`"threadId":78,"parentProcessId":1,"hostProcessId":320908,"hostThreadId":320909,"hostParentProcessId":1635,"userId":1000,` +
	`"mountNamespace":4026531841,"pidNamespace":4026531836,"processName":"cat","executable":{"path":"/usr/bin/cat"},` +
	`"hostName":"hb","containerId":"abc","container":{"id":"abc","name":"web","image":"nginx:1"},` +
	`"kubernetes":{"podName":"p","podNamespace":"ns","podUID":"u"},"eventId":"257","eventName":"openat","argsNum":1,` +
	`"returnValue":3,"syscall":"openat","stackAddresses":[18446744073709551615],` +
	`"contextFlags":{"containerStarted":true,"isCompat":false},"threadEntityId":11,"processEntityId":22,"parentEntityId":33,` +
	`"args":[{"name":"inode","type":"unsigned long","value":18446744073709551615}]}`

// found is a finding on that event.
func found() destination.Finding {
	return destination.Finding{Detection: finding.Detection{ID: "x", Node: "hb", Finding: finding.Finding{
		Signature: finding.Signature{
			ID: "TRC-2", Version: "0.1.0", Name: "Anti-Debugging", EventName: "anti_debugging", Description: "d",
			Severity: finding.SeverityHigh, Tags: []string{"linux", "container"}, Properties: map[string]any{"Severity": 3, "MITRE ATT&CK": "x"},
		},
		Data:  json.RawMessage(`{"path":"/etc/passwd","inode":9007199254740993}`),
		Event: json.RawMessage(event),
	}}}
}

func render(t *testing.T, text string, f destination.Finding) (string, error) {
	t.Helper()
	parsed, err := Parse("t.tmpl", text)
	if err != nil {
		t.Fatal(err)
	}
	out, err := parsed.Render(f)
	return string(out), err
}

func TestRender(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"signature", "{{ .SigMetadata.ID }} {{ .SigMetadata.Version }} {{ .SigMetadata.Name }} {{ .SigMetadata.EventName }}", "TRC-2 0.1.0 Anti-Debugging anti_debugging"},
		{"tags and properties", `{{ join "," .SigMetadata.Tags }} {{ .SigMetadata.Properties.Severity }} {{ index .SigMetadata.Properties "MITRE ATT&CK" }}`, "linux,container 3 x"},
		{"data", "{{ .Data }} {{ .Data.path }} {{ .Data.inode }}", "map[inode:9007199254740993 path:/etc/passwd] /etc/passwd 9007199254740993"},
		{"event", "{{ .Event.Payload.ProcessName }} {{ .Event.Payload.HostName }} {{ .Event.Payload.Timestamp }} {{ .Event.Payload.EventID }}", "cat hb 1680190419485136510 257"},
		{"container", "{{ .Event.Payload.Container.ImageName }} {{ .Event.Payload.Kubernetes.PodName }} {{ .Event.Payload.ContextFlags.ContainerStarted }}", "nginx:1 p true"},
		{"older event", "{{ .Context.ProcessName }} {{ .Context.ContainerImage }} {{ .Context.ContainerName }} {{ .Context.PodName }} {{ .Context.PodNamespace }} {{ .Context.PodUID }} {{ .Context.ReturnValue }}", "cat nginx:1 web p ns u 3"},
		{"arguments", "{{ range .Event.Payload.Args }}{{ .Name }}={{ .Value }}{{ end }}", "inode=18446744073709551615"},
		{"selector", "{{ with .Event.Headers.Selector }}{{ .Source }} {{ .Name }} {{ .Origin }}{{ end }}", "tracee openat container"},
		{"Sprig", `{{ .SigMetadata.Name | upper | replace "-" "_" }} {{ now | date "2006" | len }} {{ .Data.path | b64enc }}`, "ANTI_DEBUGGING 4 L2V0Yy9wYXNzd2Q="},
		{"Weir", "{{ .Weir.Finding.Signature.Severity }} {{ .Weir.ID }}", "high x"},
		{"bounded", "{{ range until 3 }}{{ . }}{{ end }}{{ range untilStep 6 0 -2 }}{{ . }}{{ end }}{{ repeat 2 \"ab\" }}{{ until 0 }}{{ untilStep 0 5 0 }}", "012642abab[][]"},
		{"steps that end unevenly", "{{ untilStep 0 5 2 }}{{ untilStep 5 0 -2 }}{{ untilStep 0 9223372036854775807 4611686018427387904 }}", "[0 2 4][5 3 1][0 4611686018427387904]"},
		{"indented", "{{ indent 2 \"a\\nb\" }}{{ nindent 1 \"c\" }}", "  a\n  b\n c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := render(t, c.text, found())
			if err != nil || got != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

// The raw JSON is Tracee's: three keys, the event as it was.
func TestRawJSON(t *testing.T) {
	got, err := render(t, "{{ toJson . }}", found())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"Data":{"inode":9007199254740993,"path":"/etc/passwd"},"Event":{"Headers":{"Selector":{"Name":"openat","Origin":"container","Source":"tracee"}},` +
		`"Payload":` + event + `},"SigMetadata":{"ID":"TRC-2","Version":"0.1.0","Name":"Anti-Debugging","EventName":"anti_debugging","Description":"d",` +
		`"Tags":["linux","container"],"Properties":{"MITRE ATT\u0026CK":"x","Severity":3}}}`
	if got != want {
		t.Errorf(" got %s\nwant %s", got, want)
	}
	if got, err := render(t, "{{ toJson .Context }}", found()); err != nil || got != event {
		t.Errorf("%s, %v", got, err)
	}
}

// A finding without data, and the sample that all tests share.
func TestOtherFindings(t *testing.T) {
	f := found()
	f.Detection.Finding.Data = nil
	if got, err := render(t, "{{ .Data }}{{ toJson .Data }}", f); err != nil || got != "map[]null" {
		t.Errorf("%q, %v", got, err)
	}
	text, err := os.ReadFile("../../testdata/detection.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := cloudevent.DecodeJSON(text, &f.Detection); err != nil {
		t.Fatal(err)
	}
	parsed, err := Load(Default)
	if err != nil {
		t.Fatal(err)
	}
	out, err := parsed.Render(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\n*** Detection ***\nTime: 20", "Z\nSignature ID: " + f.Detection.Finding.Signature.ID + "\nSignature: ", "\nData: ", "\nCommand: ", "\nHostname: ",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not in %s", want, out)
		}
	}
}

// A template reaches nothing outside and does not take all memory.
func TestLimits(t *testing.T) {
	for _, text := range []string{
		`{{ env "HOME" }}`, `{{ expandenv "$HOME" }}`, `{{ getHostByName "localhost" }}`, `{{ seq 1 5 }}`, `{{ readFile "/etc/passwd" }}`,
	} {
		if _, err := Parse("t", text); err == nil || !strings.Contains(err.Error(), "not defined") {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{
		`{{ repeat 1000000000 "ab" }}`, `{{ repeat -1 "a" }}`, `{{ until 1000000000 }}`, `{{ untilStep 1000000000 0 -1 }}`,
		`{{ untilStep -9223372036854775808 9223372036854775807 1 }}`, `{{ indent 2000000000 "a" }}`, `{{ nindent 2000000000 "a" }}`, `{{ indent -1 "a" }}`,
		`{{ range until 100000 }}{{ repeat 1000 "a" }}{{ end }}`,
	} {
		if out, err := render(t, text, found()); err == nil || len(out) > 0 {
			t.Errorf("%s: %d bytes, %v", text, len(out), err)
		}
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "bad.tmpl")
	if err := os.WriteFile(name, []byte("a\n{{ .SigMetadata.Title }}"), 0o600); err != nil {
		t.Fatal(err)
	}
	parsed, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parsed.Render(found()); err == nil || !strings.Contains(err.Error(), "bad.tmpl:2:") {
		t.Errorf("a field that is not there: %v", err)
	}
	if err := os.WriteFile(name, []byte("{{ if }}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(name); err == nil || !strings.Contains(err.Error(), "bad.tmpl:1:") {
		t.Errorf("bad syntax: %v", err)
	}
	if _, err := Load(filepath.Join(dir, "none")); err == nil || !strings.Contains(err.Error(), "template: open ") {
		t.Errorf("no file: %v", err)
	}
	for _, broken := range []func(*finding.Detection){
		func(d *finding.Detection) { d.Finding.Event = json.RawMessage("{") },
		func(d *finding.Detection) { d.Finding.Data = json.RawMessage("[1]") },
		func(d *finding.Detection) { d.Finding.Data = func() {} },
	} {
		f := found()
		broken(&f.Detection)
		if _, err := render(t, "x", f); err == nil {
			t.Error("a broken finding was rendered")
		}
	}
}
