// Command mixed is a plugin of which one signature and one data source work,
// and which wants arguments in words.
package main

import (
	"os"

	"github.com/aquasecurity/tracee/types/detect"
	"github.com/aquasecurity/tracee/types/protocol"
	"github.com/aquasecurity/tracee/types/trace"
)

// What the plugin exports.
var (
	ExportedArguments   = "words"
	ExportedSignatures  = []detect.Signature{nil, &tracer{id: "MIXED-1"}, &tracer{file: os.Stdout}, &tracer{}}
	ExportedDataSources = []detect.DataSource{nil, &regions{"tracee", "containers"}, &regions{"mine", "regions"}}
)

func main() {}

type tracer struct {
	id     string
	file   *os.File
	report detect.SignatureHandler
	source detect.DataSource
}

func (t *tracer) GetMetadata() (detect.SignatureMetadata, error) {
	return detect.SignatureMetadata{ID: t.id, Version: "1", EventName: "mixed"}, nil
}

func (*tracer) GetSelectedEvents() ([]detect.SignatureEventSelector, error) {
	return []detect.SignatureEventSelector{{Source: "tracee", Name: "ptrace"}}, nil
}

func (t *tracer) Init(c detect.SignatureContext) error {
	t.report = c.Callback
	t.source, _ = c.GetDataSource("mine", "regions")
	return nil
}

func (t *tracer) OnEvent(e protocol.Event) error {
	request, err := e.Payload.(trace.Event).GetStringArgumentByName("request")
	if err != nil {
		return err
	}
	data, err := t.source.Get(request)
	f := &detect.Finding{Event: e}
	f.AddDataEntries(data)
	t.report(f)
	return err
}

func (*tracer) OnSignal(detect.Signal) error { return nil }
func (*tracer) Close()                       {}

type regions struct{ namespace, id string }

func (r *regions) Namespace() string { return r.namespace }
func (r *regions) ID() string        { return r.id }
func (*regions) Version() uint       { return 1 }
func (*regions) Keys() []string      { return []string{"string"} }
func (*regions) Schema() string      { return `{"request":"string"}` }
func (*regions) Get(key any) (map[string]any, error) {
	return map[string]any{"request": key}, nil
}
