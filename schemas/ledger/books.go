package ledger

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Books has the accounts of the nodes of one partition, bounded in their number.
// Make it with NewBooks.
type Books struct {
	limit     int
	turn      uint64
	accounts  map[string]*open
	forgotten uint64
}

type open struct {
	Account
	used uint64
}

// NewBooks returns books without accounts, of at most limit nodes.
func NewBooks(limit int) *Books {
	return &Books{limit: limit, accounts: make(map[string]*open)}
}

// Of returns the account of a node, which it opens if need be. Where there are
// too many, the one that was not used for longest is closed.
func (b *Books) Of(node string) *Account {
	b.turn++
	a := b.accounts[node]
	if a == nil {
		if len(b.accounts) >= b.limit {
			b.close()
		}
		node = strings.Clone(node)
		a = &open{Account: Account{Node: node}}
		b.accounts[node] = a
	}
	a.used = b.turn
	return &a.Account
}

func (b *Books) close() {
	oldest := slices.MinFunc(slices.Collect(maps.Values(b.accounts)), func(x, y *open) int {
		return cmp.Compare(x.used, y.used)
	})
	delete(b.accounts, oldest.Node)
	b.forgotten++
}

// Accounts returns copies of all accounts, those that were used longest ago
// first.
func (b *Books) Accounts() []*Account {
	list := slices.SortedFunc(maps.Values(b.accounts), func(x, y *open) int { return cmp.Compare(x.used, y.used) })
	copies := make([]*Account, len(list))
	for i, a := range list {
		copies[i] = a.Clone()
	}
	return copies
}

// Forgotten returns how many accounts had to make room.
func (b *Books) Forgotten() uint64 { return b.forgotten }

// Restore replaces the accounts by those that Accounts returned.
func (b *Books) Restore(accounts []*Account, forgotten uint64) {
	clear(b.accounts)
	b.turn, b.forgotten = 0, forgotten
	for _, a := range accounts {
		*b.Of(a.Node) = *a.Clone()
	}
}
