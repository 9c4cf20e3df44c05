package daemons

import (
	"errors"
	"net"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// DNS is where StartDNS serves: nobody's address, but of this machine, so that it
// is in the way of no other server.
const DNS = "127.7.53.53:53"

// StartDNS starts a DNS server at DNS until the test's end. It says that every
// name is an alias of "edge." and that name, which has the given address.
func StartDNS(t testing.TB, address [4]byte) {
	t.Helper()
	c, err := net.ListenPacket("udp", DNS)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- answerAll(c, address) }()
	t.Cleanup(func() {
		_ = c.Close()
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Errorf("DNS server: %v", err)
		}
	})
}

func answerAll(c net.PacketConn, address [4]byte) error {
	buf := make([]byte, 4096)
	for {
		n, from, err := c.ReadFrom(buf)
		if err != nil {
			return err
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
			continue
		}
		reply, err := answer(m, address)
		if err != nil {
			return err
		}
		if _, err := c.WriteTo(reply, from); err != nil {
			return err
		}
	}
}

func answer(m dnsmessage.Message, address [4]byte) ([]byte, error) {
	name := m.Questions[0].Name
	alias, err := dnsmessage.NewName("edge." + name.String())
	if err != nil {
		return nil, err
	}
	head := func(of dnsmessage.Name) dnsmessage.ResourceHeader {
		return dnsmessage.ResourceHeader{Name: of, Class: dnsmessage.ClassINET, TTL: 60}
	}
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	m.Answers = []dnsmessage.Resource{
		{Header: head(name), Body: &dnsmessage.CNAMEResource{CNAME: alias}},
		{Header: head(alias), Body: &dnsmessage.AResource{A: address}},
	}
	return m.Pack()
}
