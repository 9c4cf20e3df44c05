package ledger

// quietAsks is after how often being asked numbers that have not changed are told
// once more, whatever the stream has.
const quietAsks = 100

// Mark is where in a stream the last message of one origin is, as far as its
// writer needs to know: when the stream has given it up, nobody may have read how
// far the numbers had come. The zero value knows nothing.
type Mark struct {
	numbers Numbers
	// last is a sequence number that the message does not exceed, 0 for none.
	last  uint64
	asked int
}

// Due reports whether the numbers are to be told again, in a message without
// events: the stream, which has the messages from first to last, has given up the
// last message that told them. It is asked now and then, when all that was
// numbered is in the stream. A single message may be removed while earlier ones
// stay, which cannot be seen here: so they are told once more after a long time.
func (m *Mark) Due(n Numbers, first, last uint64) bool {
	switch {
	case n.Run == 0:
		return false
	case m.numbers != n:
		*m = Mark{numbers: n, last: max(last, 1)}
		return false
	case m.last == 0:
		m.last = max(last, 1)
	}
	m.asked++
	if first <= m.last && m.asked != quietAsks {
		return false
	}
	m.last = 0 // it is known when it is in the stream
	return true
}
