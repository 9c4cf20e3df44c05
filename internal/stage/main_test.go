package stage_test

import (
	"testing"

	"go.uber.org/goleak"
)

// A server that is stopped while a replica of a stream is being made does not
// always end the loop of that replica's store, nor the clock that stores share:
// both are nats-server's, and no goroutine of ours is among them.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(
		m,
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*fileStore).flushStreamStateLoop"),
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server/ats.Register.func1"),
	)
}
