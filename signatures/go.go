package signatures

import (
	"github.com/weirsec/weir/signatures/credential_access/shadow_read"
	"github.com/weirsec/weir/signatures/defense_evasion/anti_debugging"
	"github.com/weirsec/weir/signatures/persistence/ld_preload"
	"github.com/weirsec/weir/signatures/sdk"
)

// Go returns the shipped signatures that are written in Go.
func Go() []sdk.Signature {
	return []sdk.Signature{
		antidebugging.Signature{},
		ldpreload.Signature{},
		shadowread.Signature{},
	}
}
