package golden

import (
	"encoding/binary"
	"errors"

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
	query, answer := messages()
	if err := errors.Join(unix.Bind(server, at), unix.Bind(client, from)); err != nil {
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

// messages are a question for the address of a name and its answer.
func messages() (query, answer []byte) {
	const (
		question = "\x06golden\x07example\x00\x00\x01\x00\x01"
		// By its place, the name that was asked for; a minute; 192.0.2.1.
		address = "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x01"
	)
	query = []byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + question)
	answer = []byte("\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + question + address)
	return query, answer
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
