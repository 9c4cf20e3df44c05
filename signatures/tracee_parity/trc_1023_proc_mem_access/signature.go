// Package procmemaccess detects who reads the memory of other processes by way
// of /proc, as Tracee's TRC-1023 does. It must not become better than that: who
// relies on Tracee's findings gets the same ones.
package procmemaccess

import (
	"regexp"
	"strings"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// memory is the file as Tracee looks for it. It takes a process id of two
// digits or more, and it also takes /proc/50/task/5/mem.
var memory = regexp.MustCompile(`/proc/(?:\d.+)/mem$`)

// Signature fires where such a file is opened for reading. The zero Signature
// is ready.
type Signature struct{}

// Metadata describes the signature.
func (Signature) Metadata() sdk.Metadata {
	return sdk.Metadata{
		ID:          "TRC-1023",
		Version:     "1",
		Name:        "Process memory access detected",
		EventName:   "proc_mem_access",
		Description: "A process opened the memory of another one for reading, where passwords and keys may be found.",
		Properties: map[string]any{
			"Severity":             3,
			"Category":             "credential-access",
			"Technique":            "Proc Filesystem",
			"Kubernetes_Technique": "",
			"external_id":          "T1003.007",
			"id":                   "attack-pattern--3120b9fa-23b8-4500-ae73-09494f607b7d",
		},
	}
}

// Selectors select opened files wherever it happens.
func (Signature) Selectors() []sdk.Selector {
	return []sdk.Selector{{Source: sdk.Source, Name: "security_file_open", Origin: "*"}}
}

// OnEvent looks at the end of the path first: hardly any is right.
func (Signature) OnEvent(c *sdk.Context, e *event.Event) error {
	path, _ := e.String("pathname")
	if strings.HasSuffix(path, "/mem") && sdk.OpenedToRead(e) && memory.MatchString(path) {
		c.Report(nil)
	}
	return nil
}
