package event

// socketLevels are whose options setsockopt sets.
var socketLevels = numberTable(
	sym("SOL_IP", 0), sym("SOL_SOCKET", 1), sym("SOL_TCP", 6), sym("SOL_UDP", 17), sym("SOL_IPV6", 41),
	sym("SOL_ICMPV6", 58), sym("SOL_SCTP", 132), sym("SOL_UDPLITE", 136), sym("SOL_RAW", 255), sym("SOL_IPX", 256),
	sym("SOL_AX25", 257), sym("SOL_ATALK", 258), sym("SOL_NETROM", 259), sym("SOL_ROSE", 260), sym("SOL_DECNET", 261),
	sym("SOL_X25", 262), sym("SOL_PACKET", 263), sym("SOL_ATM", 264), sym("SOL_AAL", 265), sym("SOL_IRDA", 266),
	sym("SOL_NETBEUI", 267), sym("SOL_LLC", 268), sym("SOL_DCCP", 269), sym("SOL_NETLINK", 270), sym("SOL_TIPC", 271),
	sym("SOL_RXRPC", 272), sym("SOL_PPPOL2TP", 273), sym("SOL_BLUETOOTH", 274), sym("SOL_PNPIPE", 275),
	sym("SOL_RDS", 276), sym("SOL_IUCV", 277), sym("SOL_CAIF", 278), sym("SOL_ALG", 279), sym("SOL_NFC", 280),
	sym("SOL_KCM", 281), sym("SOL_TLS", 282), sym("SOL_XDP", 283), sym("SOL_MPTCP", 284), sym("SOL_MCTP", 285),
	sym("SOL_SMC", 286), sym("SOL_VSOCK", 287),
)

// solSocket is the level that socketOptions belong to.
const solSocket = 1

// socketOptions are the options that all sockets have.
var socketOptions = numberTable(
	sym("SO_DEBUG", 1), sym("SO_REUSEADDR", 2), sym("SO_TYPE", 3), sym("SO_ERROR", 4), sym("SO_DONTROUTE", 5),
	sym("SO_BROADCAST", 6), sym("SO_SNDBUF", 7), sym("SO_RCVBUF", 8), sym("SO_KEEPALIVE", 9), sym("SO_OOBINLINE", 10),
	sym("SO_NO_CHECK", 11), sym("SO_PRIORITY", 12), sym("SO_LINGER", 13), sym("SO_BSDCOMPAT", 14),
	sym("SO_REUSEPORT", 15), sym("SO_PASSCRED", 16), sym("SO_PEERCRED", 17), sym("SO_RCVLOWAT", 18),
	sym("SO_SNDLOWAT", 19), sym("SO_RCVTIMEO", 20), sym("SO_SNDTIMEO", 21), sym("SO_SECURITY_AUTHENTICATION", 22),
	sym("SO_SECURITY_ENCRYPTION_TRANSPORT", 23), sym("SO_SECURITY_ENCRYPTION_NETWORK", 24),
	sym("SO_BINDTODEVICE", 25), sym("SO_ATTACH_FILTER", 26), sym("SO_DETACH_FILTER", 27), sym("SO_PEERNAME", 28),
	sym("SO_TIMESTAMP", 29), sym("SO_ACCEPTCONN", 30), sym("SO_PEERSEC", 31), sym("SO_SNDBUFFORCE", 32),
	sym("SO_RCVBUFFORCE", 33), sym("SO_PASSSEC", 34), sym("SO_TIMESTAMPNS", 35), sym("SO_MARK", 36),
	sym("SO_TIMESTAMPING", 37), sym("SO_PROTOCOL", 38), sym("SO_DOMAIN", 39), sym("SO_RXQ_OVFL", 40),
	sym("SO_WIFI_STATUS", 41), sym("SO_PEEK_OFF", 42), sym("SO_NOFCS", 43), sym("SO_LOCK_FILTER", 44),
	sym("SO_SELECT_ERR_QUEUE", 45), sym("SO_BUSY_POLL", 46), sym("SO_MAX_PACING_RATE", 47),
	sym("SO_BPF_EXTENSIONS", 48), sym("SO_INCOMING_CPU", 49), sym("SO_ATTACH_BPF", 50),
	sym("SO_ATTACH_REUSEPORT_CBPF", 51), sym("SO_ATTACH_REUSEPORT_EBPF", 52), sym("SO_CNX_ADVICE", 53),
	sym("SO_MEMINFO", 55), sym("SO_INCOMING_NAPI_ID", 56), sym("SO_COOKIE", 57), sym("SO_PEERGROUPS", 59),
	sym("SO_ZEROCOPY", 60), sym("SO_TXTIME", 61), sym("SO_BINDTOIFINDEX", 62), sym("SO_TIMESTAMP_NEW", 63),
	sym("SO_TIMESTAMPNS_NEW", 64), sym("SO_TIMESTAMPING_NEW", 65), sym("SO_RCVTIMEO_NEW", 66),
	sym("SO_SNDTIMEO_NEW", 67), sym("SO_DETACH_REUSEPORT_BPF", 68), sym("SO_PREFER_BUSY_POLL", 69),
	sym("SO_BUSY_POLL_BUDGET", 70), sym("SO_NETNS_COOKIE", 71), sym("SO_BUF_LOCK", 72), sym("SO_RESERVE_MEM", 73),
	sym("SO_TXREHASH", 74), sym("SO_RCVMARK", 75), sym("SO_PASSPIDFD", 76), sym("SO_PEERPIDFD", 77),
)
