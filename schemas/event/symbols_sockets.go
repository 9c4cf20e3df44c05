package event

// addressFamilies are the families of socket addresses.
var addressFamilies = symbols{list: []symbol{
	{"AF_UNSPEC", 0, 0}, {"AF_UNIX", 1, 0}, {"AF_INET", 2, 0}, {"AF_AX25", 3, 0}, {"AF_IPX", 4, 0},
	{"AF_APPLETALK", 5, 0}, {"AF_NETROM", 6, 0}, {"AF_BRIDGE", 7, 0}, {"AF_ATMPVC", 8, 0}, {"AF_X25", 9, 0},
	{"AF_INET6", 10, 0}, {"AF_ROSE", 11, 0}, {"AF_DECnet", 12, 0}, {"AF_NETBEUI", 13, 0},
	{"AF_SECURITY", 14, 0}, {"AF_KEY", 15, 0}, {"AF_NETLINK", 16, 0}, {"AF_PACKET", 17, 0}, {"AF_ASH", 18, 0},
	{"AF_ECONET", 19, 0}, {"AF_ATMSVC", 20, 0}, {"AF_RDS", 21, 0}, {"AF_SNA", 22, 0}, {"AF_IRDA", 23, 0},
	{"AF_PPPOX", 24, 0}, {"AF_WANPIPE", 25, 0}, {"AF_LLC", 26, 0}, {"AF_IB", 27, 0}, {"AF_MPLS", 28, 0},
	{"AF_CAN", 29, 0}, {"AF_TIPC", 30, 0}, {"AF_BLUETOOTH", 31, 0}, {"AF_IUCV", 32, 0}, {"AF_RXRPC", 33, 0},
	{"AF_ISDN", 34, 0}, {"AF_PHONET", 35, 0}, {"AF_IEEE802154", 36, 0}, {"AF_CAIF", 37, 0}, {"AF_ALG", 38, 0},
	{"AF_NFC", 39, 0}, {"AF_VSOCK", 40, 0}, {"AF_KCM", 41, 0}, {"AF_QIPCRTR", 42, 0}, {"AF_SMC", 43, 0},
	{"AF_XDP", 44, 0}, {"AF_MCTP", 45, 0},
}}

// socketTypes are the types of sockets with their flags.
var socketTypes = symbols{flags: true, list: []symbol{
	{"SOCK_STREAM", 0x1, 0xf}, {"SOCK_DGRAM", 0x2, 0xf}, {"SOCK_RAW", 0x3, 0xf}, {"SOCK_RDM", 0x4, 0xf},
	{"SOCK_SEQPACKET", 0x5, 0xf}, {"SOCK_DCCP", 0x6, 0xf}, {"SOCK_PACKET", 0xa, 0xf},
	{"SOCK_NONBLOCK", 0x800, 0}, {"SOCK_CLOEXEC", 0x80000, 0},
}}

// socketCalls are the calls of the multiplexer socketcall.
var socketCalls = symbols{list: []symbol{
	{"SYS_SOCKET", 1, 0}, {"SYS_BIND", 2, 0}, {"SYS_CONNECT", 3, 0}, {"SYS_LISTEN", 4, 0},
	{"SYS_ACCEPT", 5, 0}, {"SYS_GETSOCKNAME", 6, 0}, {"SYS_GETPEERNAME", 7, 0}, {"SYS_SOCKETPAIR", 8, 0},
	{"SYS_SEND", 9, 0}, {"SYS_RECV", 10, 0}, {"SYS_SENDTO", 11, 0}, {"SYS_RECVFROM", 12, 0},
	{"SYS_SHUTDOWN", 13, 0}, {"SYS_SETSOCKOPT", 14, 0}, {"SYS_GETSOCKOPT", 15, 0}, {"SYS_SENDMSG", 16, 0},
	{"SYS_RECVMSG", 17, 0}, {"SYS_ACCEPT4", 18, 0}, {"SYS_RECVMMSG", 19, 0}, {"SYS_SENDMMSG", 20, 0},
}}
