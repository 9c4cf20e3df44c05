// Package embed runs a NATS server with JetStream inside this process, for
// `weir run` and for tests. It is the only owner of the server library.
//
// It must not know what the streams hold (package bus provisions them) and
// opens no socket unless it is asked for one.
package embed
