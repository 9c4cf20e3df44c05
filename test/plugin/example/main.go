// Command example is a Go plugin with one signature, written against Tracee's
// interface and nothing else: the same file is a plugin for Tracee.
package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/aquasecurity/tracee/types/detect"
	"github.com/aquasecurity/tracee/types/protocol"
	"github.com/aquasecurity/tracee/types/trace"
)

// ExportedSignatures is what a plugin is loaded for.
var ExportedSignatures = []detect.Signature{&KeyCollector{}}

// main is never called: a plugin has no program.
func main() {}

// maxProcesses bounds what the signature remembers.
const maxProcesses = 4096

// KeyCollector finds programs that read private SSH keys and are not part of
// SSH. Each finding says how many different ones the process has read so far:
// one may be a mistake, several are a collection.
type KeyCollector struct {
	callback detect.SignatureHandler
	logger   detect.Logger
	// keys are the keys that processes have read, by entity id.
	keys map[uint32][]string
}

// GetMetadata describes the signature.
func (*KeyCollector) GetMetadata() (detect.SignatureMetadata, error) {
	return detect.SignatureMetadata{
		ID: "EX-1", Version: "1.0.0", Name: "Private SSH keys read", EventName: "ssh_key_collector",
		Description: "A program that is not part of SSH read private keys of SSH.",
		Properties: map[string]any{
			"Severity": 2, "Category": "credential-access", "Technique": "Private Keys", "external_id": "T1552.004",
		},
	}, nil
}

// GetSelectedEvents selects opened files.
func (*KeyCollector) GetSelectedEvents() ([]detect.SignatureEventSelector, error) {
	return []detect.SignatureEventSelector{{Source: "tracee", Name: "openat"}, {Source: "tracee", Name: "security_file_open"}}, nil
}

// Init keeps what the signature is given.
func (k *KeyCollector) Init(ctx detect.SignatureContext) error {
	k.callback, k.logger = ctx.Callback, ctx.Logger
	k.keys = make(map[uint32][]string)
	return nil
}

// OnEvent looks at one opened file.
func (k *KeyCollector) OnEvent(event protocol.Event) error {
	e, ok := event.Payload.(trace.Event)
	if !ok {
		return fmt.Errorf("the payload is a %T", event.Payload)
	}
	file, err := e.GetStringArgumentByName("pathname")
	if err != nil {
		return err
	}
	if !isPrivateKey(file) || strings.HasPrefix(path.Base(e.Executable.Path), "ssh") {
		return nil
	}
	known := k.keys[e.ProcessEntityId]
	if slices.Contains(known, file) {
		return nil
	}
	if len(k.keys) >= maxProcesses {
		k.logger.Warnw("forgetting which keys were read", "processes", len(k.keys))
		clear(k.keys)
	}
	k.keys[e.ProcessEntityId] = append(known, file)
	metadata, err := k.GetMetadata()
	if err != nil {
		return err
	}
	k.callback(&detect.Finding{
		SigMetadata: metadata,
		Event:       event,
		Data:        map[string]any{"path": file, "keys": len(known) + 1}, //nolint:staticcheck // as signatures do
	})
	return nil
}

// isPrivateKey knows the names that ssh-keygen gives.
func isPrivateKey(file string) bool {
	return strings.HasSuffix(path.Dir(file), "/.ssh") && strings.HasPrefix(path.Base(file), "id_") && path.Ext(file) != ".pub"
}

// OnSignal has nothing to do at the end of a stream.
func (*KeyCollector) OnSignal(detect.Signal) error { return nil }

// Close has nothing to let go.
func (*KeyCollector) Close() {}
