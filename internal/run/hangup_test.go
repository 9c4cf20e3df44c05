package run

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// Each SIGHUP is told while the component runs.
func TestOnHangup(t *testing.T) {
	// The test must survive a signal that comes before the component listens.
	own := make(chan os.Signal, 1)
	signal.Notify(own, syscall.SIGHUP)
	defer signal.Stop(own)
	told := make(chan struct{}, 100)
	c := OnHangup("hangup", func() { told <- struct{}{} })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	for n := 0; n < 2; {
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		select {
		case <-told:
			n++
		case <-time.After(20 * time.Millisecond):
		}
	}
	cancel()
	if err := <-ended; err != nil || c.Name != "hangup" {
		t.Errorf("the component %q ends with %v", c.Name, err)
	}
}
