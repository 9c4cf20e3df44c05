package event

// DNS is what is known of an event's remote address from answers to DNS queries.
// It is immutable once published; events of one address share it.
type DNS struct {
	// Names are the names that this container, or on the host this network
	// namespace, was told to have the address: those of the latest answer first,
	// and of a chain of aliases the one that was asked for first. At most
	// MaxNames.
	Names []string
	// Status is resolved where an answer that names the address was valid at the
	// time of the event; stale where all of them had expired; not found where no
	// answer was seen that does; lost where one was seen and has been forgotten
	// for want of memory.
	Status Status
}

// NamesFrom is the event that names are learnt from. (net_packet_dns says the same
// and more, of questions too.)
const NamesFrom = "net_packet_dns_response"

// MaxNames is how many names of an address travel with an event.
const MaxNames = 16

// RemoteArgs returns the arguments of an event of that name that hold the address
// of the other end, the one that counts first. The second is "" where there is
// only one; both are where the event has no such address.
func RemoteArgs(name string) (first, second string) {
	switch name {
	case "connect":
		return "addr", ""
	case "security_socket_connect", "accept", "accept4", "socket_dup":
		return "remote_addr", ""
	case "sendto":
		return "dest_addr", "remote_addr"
	case "sendmsg", "sendmmsg":
		return "msg_name", "remote_addr"
	case "recvfrom":
		return "src_addr", ""
	case "recvmsg":
		return "msg_name", ""
	case "net_tcp_connect":
		// Of imported events: Weir itself has none of that name.
		return "dst", ""
	default:
		return "", ""
	}
}

// RemoteAddress returns the address of the other end as a text, "" where the
// event has none: it is about another family, or could not be read.
func (e *Event) RemoteAddress() string {
	first, second := RemoteArgs(e.Shape.Name)
	if first == "" {
		return ""
	}
	if addr := e.internetAddress(first); addr != "" || second == "" {
		return addr
	}
	return e.internetAddress(second)
}

// internetAddress returns the address in an argument: of a socket's address, or
// alone.
func (e *Event) internetAddress(name string) string {
	v, _ := e.Arg(name)
	switch v.kind {
	case KindString:
		return v.Text()
	case KindMap:
		list := v.List()
		for i := 0; i+1 < len(list); i += 2 {
			if list[i] == "sin_addr" || list[i] == "sin6_addr" {
				return list[i+1]
			}
		}
	}
	return ""
}
