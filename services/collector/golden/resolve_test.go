package golden

import (
	"encoding/binary"
	"errors"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
)

// actResolve asks itself for a name and answers, in a network where nothing else
// is.
func actResolve() error {
	if err := errors.Join(unix.Unshare(unix.CLONE_NEWNET), loopbackUp()); err != nil {
		return err
	}
	server, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	client, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	at := &unix.SockaddrInet4{Port: 53, Addr: [4]byte{127, 0, 0, 1}}
	from := &unix.SockaddrInet4{Port: 47115, Addr: [4]byte{127, 0, 0, 1}}
	query, answer, err := messages()
	if err := errors.Join(err, unix.Bind(server, at), unix.Bind(client, from)); err != nil {
		return err
	}
	buf := make([]byte, 512)
	for _, m := range []struct {
		by, with int
		message  []byte
		to       unix.Sockaddr
	}{{client, server, query, at}, {server, client, answer, from}} {
		if err := unix.Sendto(m.by, m.message, 0, m.to); err != nil {
			return err
		}
		if _, _, err := unix.Recvfrom(m.with, buf, 0); err != nil {
			return err
		}
	}
	return errors.Join(unix.Close(client), unix.Close(server))
}

// messages are a question for a name and its answer.
func messages() (query, answer []byte, err error) {
	name := dnsmessage.MustNewName("golden.example.")
	m := dnsmessage.Message{
		Header: dnsmessage.Header{ID: 0x1234, RecursionDesired: true},
		Questions: []dnsmessage.Question{
			{Name: name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
		},
	}
	if query, err = m.Pack(); err != nil {
		return nil, nil, err
	}
	m.Response, m.RecursionAvailable = true, true
	m.Answers = []dnsmessage.Resource{{
		Header: dnsmessage.ResourceHeader{Name: name, Class: dnsmessage.ClassINET, TTL: 60},
		Body:   &dnsmessage.AResource{A: [4]byte{192, 0, 2, 1}},
	}}
	answer, err = m.Pack()
	return query, answer, err
}

func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	req, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	req.SetUint16(unix.IFF_UP)
	return errors.Join(unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req), unix.Close(fd))
}

// appendField appends a number as machines have it.
func appendField(b []byte, field any) []byte {
	b, err := binary.Append(b, binary.LittleEndian, field)
	if err != nil {
		panic(err)
	}
	return b
}
