package fault

import (
	"errors"
	"net"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A cable that fails says nothing to either end: no connection is refused or reset,
// and what was sent arrives when it is well again.
func TestCable(t *testing.T) {
	for _, way := range waysToFail() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			w := newCable(t)
			node, host := w.connected(t)
			w.fail(way)
			for _, c := range []net.Conn{node, host} {
				if _, err := c.Write([]byte("x")); err != nil {
					t.Fatalf("a write fails at once: %v", err)
				}
			}
			reaches := map[string][2]bool{unplug: {}, silence: {}, deafen: {true, false}, mute: {false, true}}[way]
			for i, c := range []net.Conn{host, node} {
				if got := arrives(t, c, 500*time.Millisecond); got != reaches[i] && reaches[i] {
					t.Errorf("%v: it does not arrive", c.LocalAddr())
				} else if got != reaches[i] {
					t.Errorf("%v: it arrives", c.LocalAddr())
				}
			}
			w.heal()
			for i, c := range []net.Conn{host, node} {
				if !reaches[i] && !arrives(t, c, 10*time.Second) {
					t.Errorf("%v: it does not arrive when all is well", c.LocalAddr())
				}
			}
		})
	}
}

// connected is a connection through the cable.
func (w *cable) connected(t *testing.T) (node, host net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(w.host.String(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		err := unix.Setns(int(w.space.Fd()), unix.CLONE_NEWNET)
		if err == nil {
			// By the thread itself: an address needs no other.
			node, err = net.Dial("tcp", l.Addr().String())
		}
		done <- err
	}()
	host, err = l.Accept()
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = node.Close(), host.Close() })
	return node, host
}

// arrives reports whether a byte comes within a time.
func arrives(t *testing.T, c net.Conn, within time.Duration) bool {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(within)); err != nil {
		t.Fatal(err)
	}
	n, err := c.Read(make([]byte, 1))
	var timeout net.Error
	if err != nil && (!errors.As(err, &timeout) || !timeout.Timeout()) {
		t.Fatalf("%v: %v", c.LocalAddr(), err)
	}
	return n == 1
}
