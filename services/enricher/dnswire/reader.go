package dnswire

import (
	"encoding/binary"
	"errors"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	headerSize = 12
	// maxNames bounds the bytes of all texts of one message: a pointer of two
	// bytes stands for a name of up to 255.
	maxNames = 16 << 10
)

var (
	errShort    = errors.New("less than a header")
	errTooLarge = errors.New("names of more than 16 KiB")
)

// reader reads one message.
type reader struct {
	parser dnsmessage.Parser
	out    message
	names  int
}

// read returns what the bytes say, up to where they make no sense: then with an
// error.
func read(raw []byte) (*message, error) {
	if len(raw) < headerSize {
		return nil, errShort
	}
	r := reader{out: message{
		Questions: []question{}, Answers: []resource{}, Authorities: []resource{}, Additionals: []resource{},
	}}
	r.header(raw)
	err := r.sections(raw)
	return &r.out, err
}

func (r *reader) header(raw []byte) {
	be := binary.BigEndian
	bits, m := be.Uint16(raw[2:]), &r.out
	bit := func(n int) uint8 { return uint8(bits >> n & 1) }
	m.ID, m.QR, m.AA, m.TC, m.RD, m.RA = be.Uint16(raw), bit(15), bit(10), bit(9), bit(8), bit(7)
	m.OpCode = opCodeName(dnsmessage.OpCode(bits >> 11 & 0xf))
	m.Z = uint8(bits >> 4 & 7)
	m.ResponseCode = responseName(dnsmessage.RCode(bits & 0xf))
	m.QDCount, m.ANCount, m.NSCount, m.ARCount = be.Uint16(raw[4:]), be.Uint16(raw[6:]), be.Uint16(raw[8:]), be.Uint16(raw[10:])
}

func (r *reader) sections(raw []byte) error {
	if _, err := r.parser.Start(raw); err != nil {
		return err
	}
	if err := r.questions(); err != nil {
		return err
	}
	if err := r.section(r.parser.Answer, &r.out.Answers); err != nil {
		return err
	}
	if err := r.section(r.parser.Authority, &r.out.Authorities); err != nil {
		return err
	}
	return r.section(r.parser.Additional, &r.out.Additionals)
}

func (r *reader) questions() error {
	for {
		q, err := r.parser.Question()
		switch {
		case errors.Is(err, dnsmessage.ErrSectionDone):
			return nil
		case err != nil:
			return err
		}
		name := r.name(q.Name)
		if r.names > maxNames {
			return errTooLarge
		}
		r.out.Questions = append(r.out.Questions, question{name, typeName(q.Type), className(q.Class)})
	}
}

func (r *reader) section(next func() (dnsmessage.Resource, error), into *[]resource) error {
	for {
		one, err := next()
		switch {
		case errors.Is(err, dnsmessage.ErrSectionDone):
			return nil
		case err != nil:
			return err
		}
		h := one.Header
		res := resource{
			Name: r.name(h.Name), Type: typeName(h.Type), Class: className(h.Class), TTL: h.TTL,
			TXTs: []string{}, OPT: []option{},
		}
		err = r.body(one.Body, h.Length, &res)
		if r.names > maxNames {
			return errTooLarge
		}
		*into = append(*into, res)
		if err != nil {
			return err
		}
	}
}

// name returns a name without the dot at its end, as Tracee has it.
func (r *reader) name(n dnsmessage.Name) string {
	return r.text(strings.TrimSuffix(string(n.Data[:n.Length]), "."))
}

// text counts a text towards the limit.
func (r *reader) text(s string) string {
	r.names += len(s)
	return s
}
