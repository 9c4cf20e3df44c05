package bus_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
)

// What may mend itself, and what an operator must mend.
func TestAway(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{errors.New("something else"), false},
		{bus.ErrAway, true},
		{nats.ErrNoServers, true},
		{nats.ErrTimeout, true},
		{context.DeadlineExceeded, true},
		{context.Canceled, false},
		{io.EOF, true},
		{&net.DNSError{Err: "no such host", Name: "nats", IsNotFound: true}, true},
		{&net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}, true},
		{&net.OpError{Op: "dial", Err: syscall.EACCES}, false},
		{&jetstream.APIError{Code: 503, ErrorCode: 10008, Description: "JetStream system temporarily unavailable"}, true},
		{&jetstream.APIError{Code: 404, ErrorCode: jetstream.JSErrCodeStreamNotFound}, false},
		{nats.ErrAuthorization, false},
		{nats.ErrAuthExpired, false},
		{jetstream.ErrJetStreamNotEnabled, false},
		{bus.ErrDenied, false},
		// A refusal that came together with something else is one.
		{errors.Join(bus.ErrDenied, context.DeadlineExceeded), false},
		{errors.Join(nats.ErrTimeout, nats.ErrAuthorization), false},
	} {
		for _, err := range []error{c.err, fmt.Errorf("connect: %w", c.err)} {
			if got := bus.Away(err); got != c.want && (c.err != nil || err == nil) {
				t.Errorf("%v: %v, want %v", err, got, c.want)
			}
		}
	}
}

// Each way in which connecting fails is one that waiting may mend, or none.
func TestConnectTellsWhetherToWait(t *testing.T) {
	ours, theirs := bustest.NewAuthority(t), bustest.NewAuthority(t)
	admin, _ := bustest.Restricted(t)
	wrong := "nats://me:hunter2@" + strings.TrimPrefix(admin, "nats://admin:secret@")
	secure := tlsServer(t, ours, "127.0.0.1", time.Now().Add(time.Hour), "")
	mutual := tlsServer(t, ours, "127.0.0.1", time.Now().Add(time.Hour), "verify: true")
	const nowhere, deaf = "nats://127.0.0.1:1", "nats://127.0.0.1:2"
	for _, c := range []struct {
		name string
		cfg  bus.Config
		away bool
	}{
		{"nobody listens", bus.Config{URL: nowhere}, true},
		{"nobody listens at any address", bus.Config{URL: nowhere + "," + deaf}, true},
		{"no host of that name", bus.Config{URL: "nats://there.is.no.such.host.invalid"}, true},
		{"it says nothing", bus.Config{URL: silent(t)}, true},
		{"wrong password", bus.Config{URL: wrong}, false},
		{"wrong password at one of two addresses", bus.Config{URL: nowhere + "," + wrong}, false},
		{"no credentials", bus.Config{URL: "nats://" + strings.TrimPrefix(admin, "nats://admin:secret@")}, false},
		{"another authority", bus.Config{URL: "tls://" + secure, TLSCA: theirs.CA}, false},
		{"no certificate of the client", bus.Config{URL: "tls://" + mutual, TLSCA: ours.CA}, false},
		{"no file", bus.Config{URL: nowhere, CredsFile: "/nonexistent"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			conn, err := bus.Connect(t.Context(), c.cfg)
			if conn != nil || err == nil {
				t.Fatal("it connects")
			}
			if got := errors.Is(err, bus.ErrAway); got != c.away || bus.Away(err) != c.away {
				t.Errorf("away: %v and %v, want %v: %v", got, bus.Away(err), c.away, err)
			}
		})
	}
}

// silent is a server that takes connections and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return "nats://" + l.Addr().String()
}
