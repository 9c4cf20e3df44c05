package processtree

import (
	"slices"
	"strings"
)

const (
	// maxIdentities is how many changes of a thread's name or user are kept.
	maxIdentities = 8
	// identitySize is about what one takes without its name.
	identitySize = 48
)

// identity is what a thread calls itself and who it is, from a time on.
type identity struct {
	time     int64
	name     string
	uid, gid uint32
}

func (i identity) same(name string, uid, gid uint32) bool {
	return i.name == name && i.uid == uid && i.gid == gid
}

// identities are what events said of a thread that its fork and its programs
// did not, by time.
type identities []identity

// at returns the last one at or before a time, or nil.
func (l identities) at(t int64) *identity {
	for i := len(l) - 1; i >= 0; i-- {
		if l[i].time <= t {
			return &l[i]
		}
	}
	return nil
}

// insert puts one in its place, where the one that follows does not say the
// same, and returns by how many bytes the list grew and whether the earliest
// one had to go. The name is copied.
func (l *identities) insert(i identity) (size int, dropped bool) {
	n := len(*l)
	for n > 0 && (*l)[n-1].time > i.time {
		n--
	}
	if n > 0 && (*l)[n-1].time == i.time {
		return 0, false
	}
	if n < len(*l) && (*l)[n].same(i.name, i.uid, i.gid) {
		(*l)[n].time = i.time
		return 0, false
	}
	if n == 0 && len(*l) >= maxIdentities {
		return 0, true
	}
	i.name = strings.Clone(i.name)
	*l = slices.Insert(*l, n, i)
	size = identitySize + len(i.name)
	if len(*l) > maxIdentities {
		size -= identitySize + len((*l)[0].name)
		*l = slices.Delete(*l, 0, 1)
		return size, true
	}
	return size, false
}
