package event

// addressFamilies are the families of socket addresses.
var addressFamilies = numbered(0, "AF_",
	"UNSPEC", "UNIX", "INET", "AX25", "IPX", "APPLETALK", "NETROM", "BRIDGE", "ATMPVC", "X25", "INET6",
	"ROSE", "DECnet", "NETBEUI", "SECURITY", "KEY", "NETLINK", "PACKET", "ASH", "ECONET", "ATMSVC", "RDS",
	"SNA", "IRDA", "PPPOX", "WANPIPE", "LLC", "IB", "MPLS", "CAN", "TIPC", "BLUETOOTH", "IUCV", "RXRPC",
	"ISDN", "PHONET", "IEEE802154", "CAIF", "ALG", "NFC", "VSOCK", "KCM", "QIPCRTR", "SMC", "XDP", "MCTP",
)

// socketTypes are the types of sockets with their flags.
var socketTypes = flagTable(
	part("SOCK_STREAM", 0x1, 0xf), part("SOCK_DGRAM", 0x2, 0xf), part("SOCK_RAW", 0x3, 0xf),
	part("SOCK_RDM", 0x4, 0xf), part("SOCK_SEQPACKET", 0x5, 0xf), part("SOCK_DCCP", 0x6, 0xf),
	part("SOCK_PACKET", 0xa, 0xf), sym("SOCK_NONBLOCK", 0x800), sym("SOCK_CLOEXEC", 0x80000),
)

// descriptorSocketFlags are the flags of accept4, which makes sockets of the
// listening one's type.
var descriptorSocketFlags = flagTable(sym("SOCK_NONBLOCK", 0x800), sym("SOCK_CLOEXEC", 0x80000))

// socketCalls are the calls of the multiplexer socketcall.
var socketCalls = numbered(1, "SYS_",
	"SOCKET", "BIND", "CONNECT", "LISTEN", "ACCEPT", "GETSOCKNAME", "GETPEERNAME", "SOCKETPAIR", "SEND",
	"RECV", "SENDTO", "RECVFROM", "SHUTDOWN", "SETSOCKOPT", "GETSOCKOPT", "SENDMSG", "RECVMSG", "ACCEPT4",
	"RECVMMSG", "SENDMMSG",
)

// messageFlags are the flags of messages sent and received.
var messageFlags = flagTable(
	sym("MSG_OOB", 0x1), sym("MSG_PEEK", 0x2), sym("MSG_DONTROUTE", 0x4), sym("MSG_CTRUNC", 0x8), sym("MSG_PROXY", 0x10),
	sym("MSG_TRUNC", 0x20), sym("MSG_DONTWAIT", 0x40), sym("MSG_EOR", 0x80), sym("MSG_WAITALL", 0x100),
	sym("MSG_FIN", 0x200), sym("MSG_SYN", 0x400), sym("MSG_CONFIRM", 0x800), sym("MSG_RST", 0x1000),
	sym("MSG_ERRQUEUE", 0x2000), sym("MSG_NOSIGNAL", 0x4000), sym("MSG_MORE", 0x8000), sym("MSG_WAITFORONE", 0x10000),
	sym("MSG_BATCH", 0x40000), sym("MSG_ZEROCOPY", 0x4000000), sym("MSG_FASTOPEN", 0x20000000),
	sym("MSG_CMSG_CLOEXEC", 0x40000000),
)

// shutdownModes are which direction of a connection ends.
var shutdownModes = numbered(0, "SHUT_", "RD", "WR", "RDWR")

// ipProtocols are the protocols of sockets of the internet families.
var ipProtocols = numberTable(
	sym("IPPROTO_IP", 0), sym("IPPROTO_ICMP", 1), sym("IPPROTO_IGMP", 2), sym("IPPROTO_IPIP", 4), sym("IPPROTO_TCP", 6),
	sym("IPPROTO_EGP", 8), sym("IPPROTO_PUP", 12), sym("IPPROTO_UDP", 17), sym("IPPROTO_IDP", 22), sym("IPPROTO_TP", 29),
	sym("IPPROTO_DCCP", 33), sym("IPPROTO_IPV6", 41), sym("IPPROTO_RSVP", 46), sym("IPPROTO_GRE", 47),
	sym("IPPROTO_ESP", 50), sym("IPPROTO_AH", 51), sym("IPPROTO_ICMPV6", 58), sym("IPPROTO_MTP", 92),
	sym("IPPROTO_BEETPH", 94), sym("IPPROTO_ENCAP", 98), sym("IPPROTO_PIM", 103), sym("IPPROTO_COMP", 108),
	sym("IPPROTO_L2TP", 115), sym("IPPROTO_SCTP", 132), sym("IPPROTO_UDPLITE", 136), sym("IPPROTO_MPLS", 137),
	sym("IPPROTO_ETHERNET", 143), sym("IPPROTO_RAW", 255), sym("IPPROTO_MPTCP", 262),
)

// netlinkProtocols are those of sockets that talk with the kernel.
var netlinkProtocols = numberTable(
	sym("NETLINK_ROUTE", 0), sym("NETLINK_UNUSED", 1), sym("NETLINK_USERSOCK", 2), sym("NETLINK_FIREWALL", 3),
	sym("NETLINK_SOCK_DIAG", 4), sym("NETLINK_NFLOG", 5), sym("NETLINK_XFRM", 6), sym("NETLINK_SELINUX", 7),
	sym("NETLINK_ISCSI", 8), sym("NETLINK_AUDIT", 9), sym("NETLINK_FIB_LOOKUP", 10), sym("NETLINK_CONNECTOR", 11),
	sym("NETLINK_NETFILTER", 12), sym("NETLINK_IP6_FW", 13), sym("NETLINK_DNRTMSG", 14),
	sym("NETLINK_KOBJECT_UEVENT", 15), sym("NETLINK_GENERIC", 16), sym("NETLINK_SCSITRANSPORT", 18),
	sym("NETLINK_ECRYPTFS", 19), sym("NETLINK_RDMA", 20), sym("NETLINK_CRYPTO", 21), sym("NETLINK_SMC", 22),
)
