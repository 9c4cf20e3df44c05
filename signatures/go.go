package signatures

import (
	"github.com/weirsec/weir/signatures/credential_access/shadow_read"
	"github.com/weirsec/weir/signatures/defense_evasion/anti_debugging"
	"github.com/weirsec/weir/signatures/persistence/ld_preload"
	"github.com/weirsec/weir/signatures/sdk"
	k8sapiconnection "github.com/weirsec/weir/signatures/tracee_parity/trc_1013_k8s_api_connection"
	procmemaccess "github.com/weirsec/weir/signatures/tracee_parity/trc_1023_proc_mem_access"
	rcdmodification "github.com/weirsec/weir/signatures/tracee_parity/trc_1026_rcd_modification"
)

// Go returns the shipped signatures that are written in Go.
func Go() []sdk.Signature {
	return []sdk.Signature{
		antidebugging.Signature{},
		ldpreload.Signature{},
		shadowread.Signature{},
		k8sapiconnection.Signature{},
		procmemaccess.Signature{},
		rcdmodification.Signature{},
	}
}
