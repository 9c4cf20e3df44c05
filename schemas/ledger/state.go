package ledger

import "github.com/weirsec/weir/schemas/statepb"

// State returns the books for a checkpoint.
func (b *Books) State() *statepb.Books {
	state := &statepb.Books{Forgotten: b.forgotten}
	for _, a := range b.Accounts() {
		state.Accounts = append(state.Accounts, &statepb.Account{
			Node: a.Node, Read: a.Read, Missing: a.Missing, Published: a.Published, Held: a.Held,
			Detections: a.Detections, Earlier: a.Earlier, Dropped: a.Dropped, Told: a.Told, Kernel: a.Kernel, Until: a.Until,
		})
	}
	return state
}

// RestoreState replaces the accounts by those of a checkpoint.
func (b *Books) RestoreState(state *statepb.Books) {
	var accounts []*Account
	for _, a := range state.GetAccounts() {
		accounts = append(accounts, &Account{
			Node: a.GetNode(), Read: a.GetRead(), Missing: a.GetMissing(), Published: a.GetPublished(), Held: a.GetHeld(),
			Detections: a.GetDetections(), Earlier: a.GetEarlier(), Dropped: a.GetDropped(), Told: a.GetTold(), Kernel: a.GetKernel(), Until: a.GetUntil(),
		})
	}
	b.Restore(accounts, state.GetForgotten())
}

// State returns the place for a checkpoint.
func (p Place) State() *statepb.Place {
	state := &statepb.Place{Run: p.Run, Events: p.Events}
	for _, was := range p.past {
		state.Past = append(state.Past, &statepb.Place{Run: was.Run, Events: was.Events})
	}
	return state
}

// PlaceOf reads a checkpoint.
func PlaceOf(state *statepb.Place) Place {
	p := Place{Run: state.GetRun(), Events: state.GetEvents()}
	for _, was := range state.GetPast()[:min(maxPast, len(state.GetPast()))] {
		p.past = append(p.past, Place{Run: was.GetRun(), Events: was.GetEvents()})
	}
	return p
}

// State returns the numbers for a checkpoint.
func (n Numbers) State() *statepb.Place {
	return &statepb.Place{Run: n.Run, Events: n.Events, Began: n.Began}
}

// NumbersOf reads a checkpoint.
func NumbersOf(state *statepb.Place) Numbers {
	return Numbers{state.GetRun(), state.GetEvents(), state.GetBegan()}
}

// State returns the tallies for a checkpoint.
func (t *Tallies) State() *statepb.Tallies { return &statepb.Tallies{Run: t.Run, Last: t.Last} }

// TalliesOf reads a checkpoint.
func TalliesOf(state *statepb.Tallies) Tallies { return Tallies{state.GetRun(), state.GetLast()} }
