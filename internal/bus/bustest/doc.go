// Package bustest gives tests a real broker: an embedded NATS server in the
// test's own directory, provisioned and cleaned up.
//
// It must not be imported by anything but tests, and it mocks nothing.
package bustest
