package state

// Clock is the time of the event at hand, in Unix nanoseconds. The stores of
// one partition share it.
type Clock struct{ now int64 }

// Set puts the time of another event at hand. It may lie before the last one:
// events come late.
func (c *Clock) Set(now int64) { c.now = now }
