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

// RunTeller is an Accountant that tells besides how far it has read the runs of
// those who write to its stream, and since when it has read them all from their
// beginning, in Unix nanoseconds.
type RunTeller interface {
	Accountant
	Runs() (runs []ledger.Run, since int64)
}
