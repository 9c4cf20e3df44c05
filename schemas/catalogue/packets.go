package catalogue

// packets are the events of messages on the network, of the priority ring: names
// that a process asked for explain what it does later.
var packets = []Event{
	{
		Type: NetPacketDNS, ID: 1008, Name: "net_packet_dns", Class: Critical,
		Doc: "a DNS message came or went; its process is who sent it or waits for it, pid 0 where that is not known",
		Args: []Arg{
			{"src", "const char*", Kernel},
			{"dst", "const char*", Kernel},
			{"src_port", "u16", Kernel},
			{"dst_port", "u16", Kernel},
			{"metadata", "trace.PacketMetadata", Kernel},
			{"proto_dns", "trace.ProtoDNS", Kernel},
			{"protocol", "const char*", Kernel},
			{"length", "u32", Kernel},
			{"truncated", "bool", Kernel},
			{"malformed", "bool", Kernel},
		},
		Hooks: []Hook{CgroupSKB}, Techniques: []string{"T1071.004", "T1568"},
	},
	{
		Type: NetPacketDNSRequest, ID: 1022, Name: "net_packet_dns_request", Class: Critical,
		Doc:   "a DNS question came or went",
		Args:  []Arg{{"metadata", "trace.PktMeta", Kernel}, {"dns_questions", "[]trace.DnsQueryData", Kernel}},
		Hooks: []Hook{CgroupSKB}, Techniques: []string{"T1071.004", "T1568"},
	},
	{
		Type: NetPacketDNSResponse, ID: 1023, Name: "net_packet_dns_response", Class: Critical,
		Doc:   "a DNS answer came or went",
		Args:  []Arg{{"metadata", "trace.PktMeta", Kernel}, {"dns_response", "[]trace.DnsResponseData", Kernel}},
		Hooks: []Hook{CgroupSKB}, Techniques: []string{"T1071.004", "T1568"},
	},
}
