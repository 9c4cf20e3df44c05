package bustest

import (
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Proxy stands between clients and a broker as a network that fails.
type Proxy struct {
	// URL is where clients connect.
	URL string

	target   string
	listener net.Listener
	work     sync.WaitGroup

	mu     sync.Mutex
	change chan struct{}
	deaf   bool
	held   bool
	conns  map[net.Conn]struct{}
}

// NewProxy starts a proxy for the broker at an URL; it ends with the test.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{
		URL: "nats://" + l.Addr().String(), target: u.Host, listener: l,
		change: make(chan struct{}), conns: map[net.Conn]struct{}{},
	}
	p.work.Go(p.accept)
	t.Cleanup(func() {
		_ = l.Close() // ends accept
		p.Heal()
		p.Cut()
		p.work.Wait()
	})
	return p
}

// Hold loses nothing and delivers nothing, in both directions, until Heal.
func (p *Proxy) Hold() { p.set(true, false) }

// Deafen loses what the broker says from now on, while it hears the clients,
// until Heal.
func (p *Proxy) Deafen() { p.set(false, true) }

// Heal ends Hold and Deafen.
func (p *Proxy) Heal() { p.set(false, false) }

// Cut closes all connections. What was held is lost.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close() // as a network would
	}
}

func (p *Proxy) set(held, deaf bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held, p.deaf = held, deaf
	close(p.change)
	p.change = make(chan struct{})
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.work.Go(func() { p.serve(client) })
	}
}

func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.DialTimeout("tcp", p.target, time.Second)
	if err != nil {
		return
	}
	defer server.Close()
	p.keep(true, client, server)
	defer p.keep(false, client, server)
	var both sync.WaitGroup
	both.Go(func() { p.pump(server, client, false) })
	both.Go(func() { p.pump(client, server, true) })
	both.Wait()
}

func (p *Proxy) keep(add bool, conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		if add {
			p.conns[c] = struct{}{}
		} else {
			delete(p.conns, c)
		}
	}
}

// pump copies until one side ends, and then ends the other.
func (p *Proxy) pump(to, from net.Conn, answers bool) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 && p.passes(answers) {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// passes waits while the network holds, and reports whether it delivers.
func (p *Proxy) passes(answers bool) bool {
	for {
		p.mu.Lock()
		held, deaf, change := p.held, p.deaf, p.change
		p.mu.Unlock()
		if !held {
			return !deaf || !answers
		}
		<-change
	}
}
