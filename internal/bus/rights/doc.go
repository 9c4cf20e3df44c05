// Package rights says which subjects each of Weir's users needs on a NATS
// server, and writes that as a server's configuration.
//
// It knows names, not services, and connects to nothing: package bus does, and
// the tests of the rights run a real server.
package rights
