package bustest

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/embed"
)

// Nodes is a cluster of servers in this process.
type Nodes struct {
	Servers []*embed.Server
	// URL holds the addresses of all servers, with commas.
	URL string
}

// Cluster starts a cluster of n servers on loopback and provisions it with n
// replicas. Servers may be shut down one after another by the test.
func Cluster(t testing.TB, n int) (*Nodes, *bus.Conn) {
	t.Helper()
	peers := make([]string, n)
	for i := range peers {
		peers[i] = freeAddress(t)
	}
	nodes := &Nodes{}
	var urls []string
	for i := range peers {
		srv := Start(t, embed.Config{
			ServerName: fmt.Sprintf("node%d", i), Listen: "127.0.0.1:0",
			Cluster: &embed.Cluster{Name: "weir", Listen: peers[i], Peers: peers},
		})
		nodes.Servers = append(nodes.Servers, srv)
		urls = append(urls, srv.URL())
	}
	nodes.URL = strings.Join(urls, ",")
	conn := Dial(t, nodes.URL)
	provisionCluster(t, conn, bus.Layout{Replicas: n, MaxBytes: maxBytes, Partitions: 4})
	return nodes, conn
}

// Dial connects by URL, trying until the servers answer; it ends with the test.
func Dial(t testing.TB, url string) *bus.Conn {
	t.Helper()
	deadline := time.Now().Add(timeout)
	for {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		conn, err := bus.Connect(ctx, bus.Config{URL: url, Name: t.Name()}, bus.WithLogger(Logger(t)))
		cancel()
		if err == nil {
			closeAtEnd(t, conn)
			return conn
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// provisionCluster tries until the servers have elected who decides.
func provisionCluster(t testing.TB, conn *bus.Conn, layout bus.Layout) {
	t.Helper()
	deadline := time.Now().Add(2 * timeout)
	for {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		err := conn.Provision(ctx, layout)
		cancel()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// freeAddress returns a loopback address that nobody listens on right now.
func freeAddress(t testing.TB) string {
	t.Helper()
	return freeAddressAt(t, "127.0.0.1")
}

func freeAddressAt(t testing.TB, host string) string {
	t.Helper()
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}
