package dns

import "github.com/weirsec/weir/schemas/event"

// message is what is read of an event that carries a DNS message. Its texts are
// parts of the event's.
type message struct {
	// response and code are what the message says of itself; questions is how many
	// it has, and question the name in the first.
	response  bool
	code      string
	questions int
	question  string
	records   []record
	// hints are the addresses in records about services.
	hints []string
	// more is how many records there are beyond MaxRecords.
	more int
}

// record is one record of the answer.
type record struct {
	// owner is the name that it is of; "" is the one in question.
	owner, kind, class string
	// target is the name or address that it leads to.
	target string
	ttl    int64
	// hints is where its addresses are in the message's.
	hints [2]int
}

func (m *message) reset() {
	*m = message{records: m.records[:0], hints: m.hints[:0]}
}

// release lets go of the event's texts.
func (m *message) release() {
	clear(m.records)
	clear(m.hints)
	m.reset()
}

// add returns a new record, nil where there are too many.
func (m *message) add() *record {
	if len(m.records) >= MaxRecords {
		m.more++
		return nil
	}
	m.records = append(m.records, record{})
	return &m.records[len(m.records)-1]
}

// believed reports whether the message is a response without error.
func (m *message) believed() bool {
	return m.response && (m.code == "" || m.code == "no error")
}

// leaving reports whether an event says that its packet was sent, not received.
func leaving(e *event.Event) bool {
	v, _ := e.Arg("metadata")
	return directionOf(v.Text()) == egress
}

// egress is Tracee's number for packets that are sent.
const egress = 2
