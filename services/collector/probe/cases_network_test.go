package probe

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/event"
)

func inet(ip string, port int) sockaddr {
	addr := netip.MustParseAddr(ip)
	number := strconv.Itoa(port)
	be := binary.BigEndian.AppendUint16
	if addr.Is4() {
		raw := be(binary.LittleEndian.AppendUint16(nil, unix.AF_INET), uint16(port))
		return sockaddr{
			append(append(raw, addr.AsSlice()...), make([]byte, 8)...),
			[]string{"sa_family", "AF_INET", "sin_addr", ip, "sin_port", number},
		}
	}
	raw := be(binary.LittleEndian.AppendUint16(nil, unix.AF_INET6), uint16(port))
	raw = append(append(append(raw, make([]byte, 4)...), addr.AsSlice()...), make([]byte, 4)...)
	return sockaddr{raw, []string{
		"sa_family", "AF_INET6", "sin6_addr", ip, "sin6_port", number,
		"sin6_flowinfo", "0", "sin6_scopeid", "0",
	}}
}

// local is a Unix socket's address; a name that begins with @ is abstract.
func local(name string) sockaddr {
	raw := append(binary.LittleEndian.AppendUint16(nil, unix.AF_UNIX), name...)
	if name[0] == '@' {
		raw[2] = 0
	} else {
		raw = append(raw, 0)
	}
	return sockaddr{raw, []string{"sa_family", "AF_UNIX", "sun_path", name}}
}

func (a sockaddr) value() event.Value { return event.Map(a.want...) }

// network makes connections of each family with itself.
func (p *performer) network() {
	p.streams(unix.AF_INET, inet("127.0.0.1", 0))
	p.streams(unix.AF_INET6, inet("::1", 0))
	p.streams(unix.AF_UNIX, local(p.dir+"/stream.sock"))
	p.streams(unix.AF_UNIX, local("@weir-"+p.where+strconv.Itoa(unix.Getpid())))
	p.datagrams()
	p.refusals()
	pair := p.put(make([]byte, 8))
	p.works(p.call("socketpair", unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0, pair))
	p.fails(p.call("socketpair", unix.AF_INET, unix.SOCK_STREAM, 0, pair), unix.EOPNOTSUPP)
}

// bound is what the kernel gave a socket: its address, of the same family.
func (p *performer) bound(fd int, a sockaddr) sockaddr {
	name, err := unix.Getsockname(fd)
	p.check(err)
	switch n := name.(type) {
	case *unix.SockaddrInet4:
		return inet(netip.AddrFrom4(n.Addr).String(), n.Port)
	case *unix.SockaddrInet6:
		return inet(netip.AddrFrom16(n.Addr).String(), n.Port)
	}
	return a
}

// connected expects the event of a socket's connecting.
func (p *performer) connected(call *expected, fd, kind int, to event.Value) {
	p.derived("security_socket_connect", call).number("sockfd", int32(fd)).number("type", int32(kind)).with("remote_addr", to)
}

func (p *performer) streams(family int, at sockaddr) {
	server := p.works(p.call("socket", family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0))
	if p.err != nil {
		return
	}
	p.works(p.call("bind", server, at, len(at.raw)))
	at = p.bound(server, at)
	p.works(p.call("listen", server, 7).with("local_addr", at.value()))
	client := p.works(p.call("socket", family, unix.SOCK_STREAM, 0))
	e := p.call("connect", client, at, len(at.raw))
	p.works(e)
	p.connected(e, client, unix.SOCK_STREAM, at.value())
	p.accepts(server, client, family, at)
	p.copiedSocket(client, at)
	p.works(p.call("shutdown", client, unix.SHUT_WR))
	p.works(p.call("setsockopt", client, unix.SOL_SOCKET, unix.SO_KEEPALIVE, p.put(halfWords(1)), 4))
}

// accepts takes the connection and talks.
func (p *performer) accepts(server, client, family int, at sockaddr) {
	peer := p.bound(client, sockaddr{})
	space, length := p.put(make([]byte, 128)), p.put(halfWords(128))
	e := p.call("accept4", server, space, length, unix.SOCK_CLOEXEC).with("local_addr", at.value())
	if family == unix.AF_UNIX {
		// The client has no name.
		e.with("addr", event.Map("sa_family", "AF_UNIX", "sun_path", "")).none("remote_addr")
	} else {
		e.with("addr", peer.value()).with("remote_addr", peer.value())
	}
	conn := p.works(e)
	p.check(unix.SetNonblock(server, true))
	p.fails(p.call("accept", server, nil, nil).none("local_addr", "remote_addr", "addr"), unix.EAGAIN)
	p.works(p.call("sendto", client, buffer("hello"), 5, unix.MSG_NOSIGNAL, nil, 0).with("remote_addr", at.value()))
	got := p.call("recvfrom", conn, p.put(make([]byte, 64)), 64, 0, nil, nil).with("buf", event.Bytes("hello"))
	p.works(got.none("src_addr"))
	p.fails(p.call("recvfrom", conn, p.put(make([]byte, 64)), 64, unix.MSG_DONTWAIT, nil, nil).none("buf", "src_addr"), unix.EAGAIN)
	vector := p.put(words(uint64(p.text("again")), 5))
	message := p.put(words(0, 0, uint64(vector), 1, 0, 0, 0))
	p.works(p.call("sendmsg", client, message, unix.MSG_NOSIGNAL).none("msg_name").with("remote_addr", at.value()))
	p.works(p.call("recvmsg", conn, message, unix.MSG_DONTWAIT).none("msg_name"))
}

// copiedSocket gives a connected socket further numbers, as a reverse shell does.
func (p *performer) copiedSocket(fd int, peer sockaddr) {
	for _, e := range []*expected{
		p.call("dup", fd), p.call("dup2", fd, 70), p.call("dup3", fd, 71, unix.O_CLOEXEC),
		p.call("fcntl", fd, unix.F_DUPFD, 60), p.call("fcntl", fd, unix.F_DUPFD_CLOEXEC, 61),
	} {
		if e.Ret < 0 {
			continue // arm64 has no dup2.
		}
		p.derived("socket_dup", e).number("oldfd", int32(fd)).number("newfd", int32(e.Ret)).with("remote_addr", peer.value())
	}
	e := p.call("fcntl", fd, unix.F_GETFL, 0)
	p.never("socket_dup", e, "newfd", event.Int(e.Ret))
}

// datagrams carry their addresses with them.
func (p *performer) datagrams() {
	server := p.works(p.call("socket", unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_UDP))
	at := inet("127.0.0.1", 0)
	p.works(p.call("bind", server, at, 16))
	at = p.bound(server, at)
	client := p.works(p.call("socket", unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK, 0))
	p.works(p.call("sendto", client, buffer("query"), 5, 0, at, 16).none("remote_addr"))
	from := p.bound(client, at)
	from = inet("127.0.0.1", int(binary.BigEndian.Uint16(from.raw[2:])))
	space := p.put(make([]byte, 64))
	p.works(p.call("recvfrom", server, space, 64, 0, p.put(make([]byte, 128)), p.put(halfWords(128))).
		with("buf", event.Bytes("query")).with("src_addr", from.value()))
	vector := p.put(words(uint64(p.text("named")), 5))
	named := p.put(words(uint64(p.put(at.raw)), 16, uint64(vector), 1, 0, 0, 0, 0))
	p.works(p.call("sendmsg", client, named, 0).with("msg_name", at.value()).none("remote_addr"))
	p.works(p.call("sendmmsg", client, named, 1, 0).with("msg_name", at.value()).none("remote_addr"))
	into := p.put(words(uint64(p.put(make([]byte, 128))), 128, uint64(p.put(words(uint64(space), 64))), 1, 0, 0, 0))
	p.works(p.call("recvmsg", server, into, 0).with("msg_name", from.value()))
	e := p.call("connect", client, at, 16)
	p.works(e)
	p.connected(e, client, unix.SOCK_DGRAM, at.value())
	p.works(p.call("sendto", client, buffer("more"), 4, 0, nil, 0).with("remote_addr", at.value()))
}

// refusals are connections that come to nothing.
func (p *performer) refusals() {
	fd := p.works(p.call("socket", unix.AF_INET, unix.SOCK_STREAM, 0))
	closed := inet("127.0.0.1", 1)
	e := p.call("connect", fd, closed, 16)
	p.fails(e, unix.ECONNREFUSED)
	p.connected(e, fd, unix.SOCK_STREAM, closed.value())
	fd = p.works(p.call("socket", unix.AF_UNIX, unix.SOCK_STREAM, 0))
	missing := local(p.dir + "/missing.sock")
	e = p.call("connect", fd, missing, len(missing.raw))
	p.fails(e, unix.ENOENT)
	p.connected(e, fd, unix.SOCK_STREAM, missing.value())
	file, err := unix.Open(p.file("no-socket"), unix.O_RDWR, 0)
	p.check(err)
	e = p.call("connect", file, closed, 16)
	p.fails(e, unix.ENOTSOCK)
	p.never("security_socket_connect", e, "sockfd", event.Int(int64(file)))
	p.fails(p.call("connect", file, nil, 16), unix.ENOTSOCK, unix.EFAULT)
	p.fails(p.call("sendto", noFD, buffer("x"), 1, 0, closed, 16).none("remote_addr"), unix.EBADF)
	p.fails(p.call("listen", file, 1).none("local_addr"), unix.ENOTSOCK)
	p.fails(p.call("bind", fd, sockaddr{raw: []byte{9}}, 1).none("addr"), unix.EINVAL)
	p.fails(p.call("setsockopt", file, -1, -2, nil, -3), unix.ENOTSOCK, unix.EINVAL)
	p.fails(p.call("shutdown", file, 5), unix.ENOTSOCK)
}
