// Package bus is Weir's door to NATS JetStream: the names of streams, subjects
// and buckets, the connection, and publishing, reading and provisioning on top
// of it. Losing a message or storing it twice is prevented here and in package
// stage, nowhere else.
//
// It knows messages, not events: it must not look into payloads beyond
// compressing them, must not import a schema or a service, and must not run a
// server (package embed does).
package bus
