package catalogue

// networkSyscalls are the syscalls of sockets.
var networkSyscalls = []Event{
	{
		Type: Connect, ID: 42, Name: "connect", Class: Normal,
		Doc:     "connects a socket",
		Args:    []Arg{{"sockfd", "int", Int32}, {"addr", "struct sockaddr*", Sockaddr}, {"addrlen", "int", Int32}},
		Syscall: numbers(42, 203, 362, 283), Derived: SecuritySocketConnect,
		Techniques: []string{"T1071"},
	},
	{
		Type: Socket, ID: 41, Name: "socket", Class: Low,
		Doc:        "makes a socket",
		Args:       []Arg{{"domain", "int", Int32}, {"type", "int", Int32}, {"protocol", "int", Int32}},
		Syscall:    numbers(41, 198, 359, 281),
		Techniques: []string{"T1095"},
	},
	{
		Type: Socketpair, ID: 53, Name: "socketpair", Class: Low,
		Doc: "makes two sockets that are connected",
		Args: []Arg{
			{"domain", "int", Int32}, {"type", "int", Int32}, {"protocol", "int", Int32},
			{"sv", "int[2]", Uint64},
		},
		Syscall: numbers(53, 199, 360, 288),
	},
	{
		Type: Bind, ID: 49, Name: "bind", Class: Normal,
		Doc:        "gives a socket its address",
		Args:       []Arg{{"sockfd", "int", Int32}, {"addr", "struct sockaddr*", Sockaddr}, {"addrlen", "int", Int32}},
		Syscall:    numbers(49, 200, 361, 282),
		Techniques: []string{"T1571"},
	},
	{
		Type: Listen, ID: 50, Name: "listen", Class: Normal,
		Doc: "makes a socket take connections",
		Args: []Arg{
			{"sockfd", "int", Int32}, {"backlog", "int", Int32},
			{"local_addr", "struct sockaddr*", localAddr(0)},
		},
		Syscall:    numbers(50, 201, 363, 284),
		Techniques: []string{"T1571"},
	},
	{
		Type: Accept, ID: 43, Name: "accept", Class: Normal,
		Doc: "takes a connection; the addresses are the new socket's",
		Args: []Arg{
			{"sockfd", "int", Int32}, {"addr", "struct sockaddr*", SockaddrResult}, {"addrlen", "int*", Uint64},
			{"local_addr", "struct sockaddr*", localAddr(result)},
			{"remote_addr", "struct sockaddr*", remoteAddr(result)},
		},
		Syscall: numbers(43, 202, -1, 285),
	},
	{
		Type: Accept4, ID: 288, Name: "accept4", Class: Normal,
		Doc: "takes a connection; the addresses are the new socket's",
		Args: []Arg{
			{"sockfd", "int", Int32}, {"addr", "struct sockaddr*", SockaddrResult}, {"addrlen", "int*", Uint64},
			{"flags", "int", Int32}, {"local_addr", "struct sockaddr*", localAddr(result)},
			{"remote_addr", "struct sockaddr*", remoteAddr(result)},
		},
		Syscall: numbers(288, 242, 364, 366),
	},
	{
		Type: Sendto, ID: 44, Name: "sendto", Class: Low,
		Doc: "sends a message; buf has its first bytes, remote_addr is the connected peer",
		Args: []Arg{
			{"sockfd", "int", Int32}, {"buf", "void*", Buffer}, {"len", "size_t", Uint64},
			{"flags", "int", Int32}, {"dest_addr", "struct sockaddr*", Sockaddr}, {"addrlen", "int", Int32},
			{"remote_addr", "struct sockaddr*", remoteAddr(0)},
		},
		Syscall:    numbers(44, 206, 369, 290),
		Techniques: []string{"T1095"},
	},
	{
		Type: Sendmsg, ID: 46, Name: "sendmsg", Class: Low,
		Doc: "sends a message; msg_name is the address in it",
		Args: []Arg{
			{"sockfd", "int", Int32}, {"msg", "struct msghdr*", Uint64}, {"flags", "int", Int32},
			{"msg_name", "struct sockaddr*", messageName(1)}, {"remote_addr", "struct sockaddr*", remoteAddr(0)},
		},
		Syscall:    numbers(46, 211, 370, 296),
		Techniques: []string{"T1095"},
	},
	{
		Type: Sendmmsg, ID: 307, Name: "sendmmsg", Class: Low,
		Doc: "sends messages; msg_name is the address in the first",
		Args: []Arg{
			{"sockfd", "int", Int32}, {"msgvec", "struct mmsghdr*", Uint64}, {"vlen", "unsigned int", Uint32},
			{"flags", "int", Int32}, {"msg_name", "struct sockaddr*", messageName(1)},
			{"remote_addr", "struct sockaddr*", remoteAddr(0)},
		},
		Syscall:    numbers(307, 269, 345, 374),
		Techniques: []string{"T1095"},
	},
	{
		Type: Recvfrom, ID: 45, Name: "recvfrom", Class: Low,
		Doc: "takes a message; buf has its first bytes",
		Args: []Arg{
			{"sockfd", "int", Int32}, {"buf", "void*", BufferResult}, {"len", "size_t", Uint64},
			{"flags", "int", Int32}, {"src_addr", "struct sockaddr*", SockaddrResult},
			{"addrlen", "int*", Uint64},
		},
		Syscall: numbers(45, 207, 371, 292),
	},
	{
		Type: Recvmsg, ID: 47, Name: "recvmsg", Class: Low,
		Doc: "takes a message; msg_name is where it is from",
		Args: []Arg{
			{"sockfd", "int", Int32}, {"msg", "struct msghdr*", Uint64}, {"flags", "int", Int32},
			{"msg_name", "struct sockaddr*", messageName(1)},
		},
		Syscall: numbers(47, 212, 372, 297),
	},
	{
		Type: Shutdown, ID: 48, Name: "shutdown", Class: Low,
		Doc:     "ends one direction of a connection",
		Args:    []Arg{{"sockfd", "int", Int32}, {"how", "int", Int32}},
		Syscall: numbers(48, 210, 373, 293),
	},
	{
		Type: Setsockopt, ID: 54, Name: "setsockopt", Class: Low,
		Doc: "sets an option of a socket",
		Args: []Arg{
			{"sockfd", "int", Int32}, {"level", "int", Int32}, {"optname", "int", Int32},
			{"optval", "const void*", Uint64}, {"optlen", "int", Int32},
		},
		Syscall: numbers(54, 208, 366, 294),
	},
}
