package processtree

import "github.com/weirsec/weir/internal/datasource/bounded"

// threadSize is about what a thread takes without its names.
const threadSize = 384

type threadNode = bounded.Item[uint32, thread]

// thread is one thread of a process that is not its first; what is known of the
// first one is in the process.
type thread struct {
	source          source
	tid, nsTID, pid int32
	uid, gid        uint32
	// start and exit are Unix nanoseconds; 0 where they are not known.
	start, exit int64
	// since is when the source spoke.
	since int64
	// name is what it was called when it was made, "" where nobody said.
	name   string
	selves identities
	// kin is its place among the threads of its process.
	kin kin[thread]
}

// known is the time from which on what the source said holds.
func (th *thread) known() int64 { return known(th.source, th.start, th.since) }

// known is from when on a source's facts hold: who only caused an event may have
// been something else before it.
func known(src source, start, since int64) int64 {
	if src <= seen || start == 0 {
		return since
	}
	return min(start, since)
}
