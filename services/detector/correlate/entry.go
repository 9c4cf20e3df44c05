package correlate

import (
	"math"
	"sort"
)

// entry is one match.
type entry struct {
	// time is that of the event, in Unix nanoseconds.
	time int64
	id   string
	// value is what is counted: the text of a field, or the name of a rule.
	value string
}

// entryCost is about how many bytes an entry takes besides its texts: in a list
// with room to grow, and in the count of values.
const entryCost = 128

func (e *entry) size() int { return entryCost + len(e.id) + len(e.value) }

// after returns the index of the first entry that is later than a time.
func after(entries []entry, time int64) int {
	// Nearly all matches come in order.
	if n := len(entries); n == 0 || entries[n-1].time <= time {
		return n
	}
	return sort.Search(len(entries), func(i int) bool { return entries[i].time > time })
}

// from returns the index of the first entry that is not earlier than a time.
func from(entries []entry, time int64) int {
	return sort.Search(len(entries), func(i int) bool { return entries[i].time >= time })
}

// minus returns time - span, or the earliest time there is. Times come from
// foreign events and may be anything.
func minus(time, span int64) int64 {
	if d := time - span; d <= time {
		return d
	}
	return math.MinInt64
}

// plus returns time + span, or the latest time there is.
func plus(time, span int64) int64 {
	if d := time + span; d >= time {
		return d
	}
	return math.MaxInt64
}
