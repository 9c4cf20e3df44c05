package signatures

import (
	"github.com/weirsec/weir/signatures/defense_evasion/anti_debugging"
	"github.com/weirsec/weir/signatures/sdk"
)

// Go returns the shipped signatures that are written in Go.
func Go() []sdk.Signature {
	return []sdk.Signature{
		antidebugging.Signature{},
	}
}
