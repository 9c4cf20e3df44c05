// Package dns remembers what a node's containers were told by answers to DNS
// queries: which addresses a name has, and which names an address.
//
// It learns from responses alone (A, AAAA, CNAME, PTR, SRV, MX, HTTPS and SVCB
// with their hints), as events bring them, and keeps them apart by Scope: what
// one container was told says nothing about another. An answer holds from the
// time of its event for as long as it says, within bounds (MinTTL, MaxTTL), and
// is judged at the time of the event that asks, never at now. It is kept for a
// while after that, as stale.
//
// A response is believed where it answers: it says that it is a response
// without error, has one question, came in, and its records lead from the name
// in question. More than that cannot be seen in a packet. Whoever can send a
// container a packet that its resolver would take (from its server's address
// and port) can put names in here, and so can the container itself; an owner of
// an address's reverse zone can call it anything, which is why names told by
// PTR records are answered by Get and never shown with a connection.
//
// A Cache in a detector, fed by the net_packet_dns and net_packet_dns_response
// events of one partition, knows what the containers and the hosts of that
// partition were told, and nothing of others: a partition has all events of a
// container, or all events of a host that are outside of containers, so that
// nothing is missing for the events of that same partition. It does not see what
// came before it was made, nor what was lost on the way.
//
// The package must not resolve anything, ask anybody or read a clock, and must
// not keep strings of the events that it is given. It is not safe for concurrent
// use; what it hands out is, and must not be changed.
package dns
