package e2e

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
)

// actionKey names the variable that makes this program a process in a container.
const actionKey = "WEIR_E2E_ACTION"

// act is what such a process does: it enters the cgroup that is given, has a
// network of its own, serves DNS there, asks for names and connects to addresses.
//
//	cgroup [udp:name|tcp:name|connect:address]...
func act(args []string) error {
	if err := os.WriteFile(filepath.Join(args[0], "cgroup.procs"), []byte("0"), 0); err != nil {
		return err
	}
	if err := loopbackUp(); err != nil {
		return err
	}
	udp, err := net.ListenPacket("udp", "127.0.0.1:53")
	if err != nil {
		return err
	}
	tcp, err := net.Listen("tcp", "127.0.0.1:53")
	if err != nil {
		return err
	}
	ended := make(chan error, 2)
	go func() { ended <- datagrams(udp) }()
	go func() { ended <- connections(tcp) }()
	for _, step := range args[1:] {
		how, what, _ := strings.Cut(step, ":")
		var err error
		if how == "connect" {
			err = connect(what)
		} else {
			err = ask(how, what)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
	}
	return errors.Join(udp.Close(), tcp.Close(), <-ended, <-ended)
}

func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	req, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	req.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req)
}

// connect connects to an address, where nobody needs to be.
func connect(addr string) error {
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return nil //nolint:nilerr // that it was tried is enough
	}
	return c.Close()
}

// ask asks for a name and reads the answer.
func ask(network, name string) error {
	query := dnsmessage.Message{
		Header: dnsmessage.Header{ID: 7, RecursionDesired: true},
		Questions: []dnsmessage.Question{{
			Name: dnsmessage.MustNewName(name + "."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET,
		}},
	}
	raw, err := query.Pack()
	if err != nil {
		return err
	}
	c, err := net.DialTimeout(network, "127.0.0.1:53", time.Second)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	if network == "udp" {
		if _, err := c.Write(raw); err != nil {
			return err
		}
		_, err := c.Read(make([]byte, 512))
		return err
	}
	if _, err := c.Write(framed(raw)); err != nil {
		return err
	}
	_, err = unframed(c)
	return err
}

// answer gives each name an alias, and that an address: of udp.weir.test it is
// 127.7.0.1, of tcp.weir.test 127.7.0.2.
func answer(raw []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(raw); err != nil {
		return nil, err
	}
	name := m.Questions[0].Name
	alias := dnsmessage.MustNewName("alias." + name.String())
	last := byte(1)
	if strings.HasPrefix(name.String(), "tcp.") {
		last = 2
	}
	head := func(of dnsmessage.Name) dnsmessage.ResourceHeader {
		return dnsmessage.ResourceHeader{Name: of, Class: dnsmessage.ClassINET, TTL: 60}
	}
	m.Response, m.RecursionAvailable = true, true
	m.Answers = []dnsmessage.Resource{
		{Header: head(name), Body: &dnsmessage.CNAMEResource{CNAME: alias}},
		{Header: head(alias), Body: &dnsmessage.AResource{A: [4]byte{127, 7, 0, last}}},
	}
	return m.Pack()
}

// unlessClosed leaves out the end of a server that was told to end.
func unlessClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func datagrams(c net.PacketConn) error {
	buf := make([]byte, 4096)
	for {
		n, from, err := c.ReadFrom(buf)
		if err != nil {
			return unlessClosed(err)
		}
		reply, err := answer(buf[:n])
		if err != nil {
			return err
		}
		if _, err := c.WriteTo(reply, from); err != nil {
			return err
		}
	}
}

func connections(l net.Listener) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return unlessClosed(err)
		}
		query, err := unframed(c)
		if err == nil {
			query, err = answer(query)
		}
		if err == nil {
			_, err = c.Write(framed(query))
		}
		if err := errors.Join(err, c.Close()); err != nil {
			return err
		}
	}
}

// framed is a message as TCP carries it.
func framed(message []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...)
}

func unframed(r io.Reader) ([]byte, error) {
	var prefix [2]byte
	if _, err := io.ReadFull(r, prefix[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(prefix[:]))
	_, err := io.ReadFull(r, message)
	return message, err
}
