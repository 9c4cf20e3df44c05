package stage

import "github.com/weirsec/weir/schemas/ledger"

// Accountant is a Handler that keeps accounts of the events of each node. The
// stage tells them now and then, for `weir ledger` to add up.
type Accountant interface {
	Handler
	// Accounts returns copies of the accounts, and how many had to make room. It
	// is called between two messages, by the goroutine that calls Handle.
	Accounts() (accounts []*ledger.Account, forgotten uint64)
}
