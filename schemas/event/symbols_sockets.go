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

// socketCalls are the calls of the multiplexer socketcall.
var socketCalls = numbered(1, "SYS_",
	"SOCKET", "BIND", "CONNECT", "LISTEN", "ACCEPT", "GETSOCKNAME", "GETPEERNAME", "SOCKETPAIR", "SEND",
	"RECV", "SENDTO", "RECVFROM", "SHUTDOWN", "SETSOCKOPT", "GETSOCKOPT", "SENDMSG", "RECVMSG", "ACCEPT4",
	"RECVMMSG", "SENDMMSG",
)
