package main

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"
)

// patience is how long an answer may take.
const patience = 5 * time.Second

// ask asks a DNS server for the addresses of a name, as programs do:
// SERVER/NAME.
func ask(what string) error {
	server, name, ok := strings.Cut(what, "/")
	if !ok {
		return errors.New("ask:SERVER/NAME")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, server)
	}}
	_, err := resolver.LookupNetIP(ctx, "ip4", name+".")
	return err
}

// connect connects to an address, where nobody needs to be.
func connect(addr string) {
	if c, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
		_ = c.Close()
	}
}
