package probe

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// actResolve asks a server with Go's own resolver.
func actResolve(server, name string) error {
	r := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server)
	}}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	list, err := r.LookupNetIP(ctx, "ip", name)
	if err == nil && len(list) != 2 {
		err = fmt.Errorf("addresses %v", list)
	}
	return err
}

// actAlone asks itself in a network where nothing is, and writes its number.
func actAlone(query string) error {
	var netns unix.Stat_t
	if err := unix.Stat("/proc/self/ns/net", &netns); err != nil {
		return err
	}
	fmt.Println(netns.Ino)
	if err := loopbackUp(); err != nil {
		return err
	}
	s, err := serveDNS("127.0.0.1:53", false, func(q []byte) []byte { return answers(q, 1) })
	if err != nil {
		return err
	}
	if err := actAsk("udp", "127.0.0.1:53", []string{query}); err != nil {
		return err
	}
	return s.close()
}

// actRedirected asks at port 53 of an address where nobody is, in a network that
// sends that to another port of the machine.
func actRedirected(query string) error {
	if err := loopbackUp(); err != nil {
		return err
	}
	cmd := exec.Command("iptables", "-t", "nat", "-A", "OUTPUT", "-p", "udp", "--dport", "53", "-j", "REDIRECT", "--to-ports", "15053")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("iptables: %w: %s", err, out)
	}
	s, err := serveDNS("127.0.0.1:15053", false, func(q []byte) []byte { return answers(q, 1) })
	if err != nil {
		return err
	}
	if err := actAsk("udp", "127.0.0.99:53", []string{query}); err != nil {
		return err
	}
	return s.close()
}

// actDatagrams sends so many datagrams to itself, at a port.
func actDatagrams(addr, count string) error {
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	in, err := net.ListenPacket("udp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := net.Dial("udp", addr)
	if err != nil {
		return err
	}
	defer out.Close()
	message, buf := make([]byte, 40), make([]byte, 64)
	for range n {
		if _, err := out.Write(message); err != nil {
			return err
		}
		if _, _, err := in.ReadFrom(buf); err != nil {
			return err
		}
	}
	return nil
}

// actServe serves until it is killed, and says when it does.
func actServe(addr string) error {
	if _, err := serveDNS(addr, false, func(q []byte) []byte { return answers(q, 1) }); err != nil {
		return err
	}
	fmt.Println("serving")
	time.Sleep(time.Minute)
	return nil
}

// actRaw6 sends a message behind two extension headers, one that is a later
// fragment, and one behind too many headers.
func actRaw6(inHex string) error {
	raw, err := hex.DecodeString(inHex)
	if err != nil {
		return err
	}
	message := string(raw)
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_RAW)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	const fragment, destination, udp = 44, 60, 17
	options := func(next byte) []byte { return []byte{next, 0, 1, 4, 0, 0, 0, 0} }
	for _, p := range [][]byte{
		ip6(destination, slices.Concat(options(destination), options(udp)), message),
		ip6(fragment, []byte{udp, 0, 0, 8, 0, 0, 0, 1}, message),
		ip6(destination, slices.Concat(slices.Repeat(options(destination), 8), options(udp)), message),
	} {
		to := &unix.SockaddrInet6{Addr: [16]byte(net.IPv6loopback)}
		if err := unix.Sendto(fd, p, 0, to); err != nil {
			return fmt.Errorf("%w (%s)", err, os.Args[0])
		}
	}
	return nil
}
