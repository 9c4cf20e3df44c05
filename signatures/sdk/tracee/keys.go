package tracee

import (
	theirs "github.com/aquasecurity/tracee/types/datasource"

	ours "github.com/weirsec/weir/signatures/sdk/datasource"
)

// keyFromTracee returns a key of Tracee's as Weir's sources take it. Keys are
// taken by value only, in both worlds; other keys stay.
func keyFromTracee(key any) any {
	switch k := key.(type) {
	case theirs.ProcKey:
		return ours.ProcKey{EntityID: k.EntityId, Time: k.Time}
	case theirs.ThreadKey:
		return ours.ThreadKey{EntityID: k.EntityId, Time: k.Time}
	case theirs.LineageKey:
		return ours.LineageKey{EntityID: k.EntityId, Time: k.Time, MaxDepth: k.MaxDepth}
	default:
		return key
	}
}

// keyForTracee is the way back.
func keyForTracee(key any) any {
	switch k := key.(type) {
	case ours.ProcKey:
		return theirs.ProcKey{EntityId: k.EntityID, Time: k.Time}
	case ours.ThreadKey:
		return theirs.ThreadKey{EntityId: k.EntityID, Time: k.Time}
	case ours.LineageKey:
		return theirs.LineageKey{EntityId: k.EntityID, Time: k.Time, MaxDepth: k.MaxDepth}
	default:
		return key
	}
}
