// Package rcdmodification detects who changes what runs when the machine
// starts, as Tracee's TRC-1026 does. It must not become better than that: who
// relies on Tracee's findings gets the same ones.
package rcdmodification

import (
	"path"
	"strings"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// places are how the paths of start scripts begin, in Tracee's reading: also
// that of a file like /etc/rc1.dx, and not that of /etc/rcS.d.
var places = [...]string{
	"/etc/init.d", "/etc/rc.d", "/etc/rc1.d", "/etc/rc2.d", "/etc/rc3.d", "/etc/rc4.d", "/etc/rc5.d", "/etc/rc6.d", "/etc/rcs.d",
}

const (
	// script is a start script of its own.
	script = "/etc/rc.local"
	// program links start scripts.
	program = "update-rc.d"
)

// Signature fires where a start script is opened for writing, something is
// renamed to one, or the program that links them is executed. The zero
// Signature is ready.
type Signature struct{}

// Metadata describes the signature.
func (Signature) Metadata() sdk.Metadata {
	return sdk.Metadata{
		ID:        "TRC-1026",
		Version:   "1",
		Name:      "Rcd modification detected",
		EventName: "rcd_modification",
		Description: "A script that runs when the machine starts or changes its run level was changed. What is written there " +
			"survives a restart.",
		Properties: map[string]any{
			"Severity":             2,
			"Category":             "persistence",
			"Technique":            "RC Scripts",
			"Kubernetes_Technique": "",
			"external_id":          "T1037.004",
			"id":                   "attack-pattern--dca670cf-eeec-438f-8185-fd959d9ef211",
		},
	}
}

// Selectors select opened start scripts, and renamed files and executions,
// wherever it happens.
func (Signature) Selectors() []sdk.Selector {
	return []sdk.Selector{
		{Source: sdk.Source, Name: "security_file_open", Origin: "*", Where: &sdk.Where{Paths: append(places[:], script)}},
		{Source: sdk.Source, Name: "security_inode_rename", Origin: "*"},
		{Source: sdk.Source, Name: "sched_process_exec", Origin: "*"},
	}
}

// OnEvent looks at one of the three.
func (Signature) OnEvent(c *sdk.Context, e *event.Event) error {
	if changes(e) {
		c.Report(nil)
	}
	return nil
}

func changes(e *event.Event) bool {
	switch e.Name() {
	case "security_file_open":
		file, _ := e.String("pathname")
		return starts(file) && sdk.OpenedToWrite(e)
	case "security_inode_rename":
		file, _ := e.String("new_path")
		return starts(file)
	case "sched_process_exec":
		file, _ := e.String("pathname")
		return path.Base(file) == program
	default:
		return false
	}
}

// starts reports whether a file is a start script.
func starts(file string) bool {
	if file == script {
		return true
	}
	for _, place := range places {
		if strings.HasPrefix(file, place) {
			return true
		}
	}
	return false
}
