package probe

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// dnsServer answers each question with what answer makes of it, over UDP and
// TCP. It ends with its sockets.
type dnsServer struct {
	udp    net.PacketConn
	tcp    net.Listener
	answer func(query []byte) []byte
	// slow makes it send a TCP answer in three parts: the length, half of the
	// message, the rest.
	slow bool
	done chan struct{}
}

func serveDNS(addr string, slow bool, answer func([]byte) []byte) (*dnsServer, error) {
	udp, err := net.ListenPacket("udp", addr)
	if err != nil {
		return nil, err
	}
	tcp, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, errors.Join(err, udp.Close())
	}
	s := &dnsServer{udp: udp, tcp: tcp, answer: answer, slow: slow, done: make(chan struct{}, 2)}
	go s.datagrams()
	go s.connections()
	return s, nil
}

func (s *dnsServer) close() error {
	err := errors.Join(s.udp.Close(), s.tcp.Close())
	<-s.done
	<-s.done
	return err
}

func (s *dnsServer) datagrams() {
	defer func() { s.done <- struct{}{} }()
	buf := make([]byte, 4096)
	for {
		n, from, err := s.udp.ReadFrom(buf)
		if err != nil {
			return
		}
		if _, err := s.udp.WriteTo(s.answer(buf[:n]), from); err != nil {
			return
		}
	}
}

func (s *dnsServer) connections() {
	defer func() { s.done <- struct{}{} }()
	for {
		c, err := s.tcp.Accept()
		if err != nil {
			return
		}
		s.connection(c)
		_ = c.Close()
	}
}

func (s *dnsServer) connection(c net.Conn) {
	for {
		query, err := readTCP(c)
		if err != nil {
			return
		}
		answer := s.answer(query)
		if !s.slow {
			_, _ = c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
			continue
		}
		half := len(answer) / 2
		for _, part := range [][]byte{binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer[:half], answer[half:]} {
			_, _ = c.Write(part)
			time.Sleep(5 * time.Millisecond)
		}
	}
}

func readTCP(c io.Reader) ([]byte, error) {
	var prefix [2]byte
	if _, err := io.ReadFull(c, prefix[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(prefix[:]))
	_, err := io.ReadFull(c, message)
	return message, err
}

// actAsk sends messages to a server one after another, all at once over TCP,
// and waits for as many answers.
func actAsk(network, addr string, inHex []string) error {
	var messages []string
	for _, one := range inHex {
		m, err := hex.DecodeString(one)
		if err != nil {
			return err
		}
		messages = append(messages, string(m))
	}
	c, err := net.Dial(network, addr)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	if network == "tcp" {
		var all []byte
		for _, m := range messages {
			all = append(binary.BigEndian.AppendUint16(all, uint16(len(m))), m...)
		}
		if _, err := c.Write(all); err != nil {
			return err
		}
		for range messages {
			if _, err := readTCP(c); err != nil {
				return err
			}
		}
		return nil
	}
	buf := make([]byte, 4096)
	for _, m := range messages {
		if _, err := c.Write([]byte(m)); err != nil {
			return err
		}
		if _, err := c.Read(buf); err != nil {
			return err
		}
	}
	return nil
}

// question is a query for the addresses of a name.
func question(t testing.TB, id uint16, name string) []byte {
	t.Helper()
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
	}
	raw, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// answers makes a response with so many addresses.
func answers(query []byte, n int) []byte {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		panic(fmt.Sprintf("a query that the test made: %v", err))
	}
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	for i := range n {
		h := dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Class: dnsmessage.ClassINET, TTL: 60}
		switch m.Questions[0].Type {
		case dnsmessage.TypeAAAA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: [16]byte{0x20, 1, 15: byte(i)}}})
		default:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: [4]byte{192, 0, byte(i >> 8), byte(i)}}})
		}
	}
	raw, err := m.Pack()
	if err != nil {
		panic(fmt.Sprintf("an answer that the test made: %v", err))
	}
	return raw
}
