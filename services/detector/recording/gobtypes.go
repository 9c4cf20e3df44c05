package recording

import (
	"encoding/gob"

	"github.com/aquasecurity/tracee/types/trace"
)

// The package of Tracee's event moved; gob knows structured values by the full
// names that their types had, and a Go type can have one name only.
type (
	credOfRules2021 trace.SlimCred
	credOfEBPF2021  trace.SlimCred
	credOfEBPF2022  trace.SlimCred
	credOfPkg2022   trace.SlimCred
	metaOfPkg2022   trace.PktMeta
)

// registerGobTypes tells gob the types of structured argument values. Telling
// it again changes nothing.
func registerGobTypes() {
	const tracee = "github.com/aquasecurity/tracee/"
	for name, value := range map[string]any{
		tracee + "tracee/external.SlimCred":             credOfRules2021{},
		tracee + "tracee-ebpf/tracee/external.SlimCred": credOfEBPF2021{},
		tracee + "tracee-ebpf/external.SlimCred":        credOfEBPF2022{},
		tracee + "pkg/external.SlimCred":                credOfPkg2022{},
		tracee + "pkg/external.PktMeta":                 metaOfPkg2022{},
	} {
		gob.RegisterName(name, value)
	}
	for _, value := range []any{
		map[string]string{},
		trace.SlimCred{},
		trace.PktMeta{},
		trace.PacketMetadata{},
		[]trace.HookedSymbolData{},
		map[string]trace.HookedSymbolData{},
		[]trace.DnsQueryData{},
		[]trace.DnsResponseData{},
		trace.ProtoIPv4{},
		trace.ProtoIPv6{},
		trace.ProtoTCP{},
		trace.ProtoUDP{},
		trace.ProtoICMP{},
		trace.ProtoICMPv6{},
		trace.ProtoDNS{},
		trace.ProtoHTTP{},
		trace.ProtoHTTPRequest{},
		trace.ProtoHTTPResponse{},
		map[string]any{},
		[]any{},
	} {
		gob.Register(value)
	}
}
