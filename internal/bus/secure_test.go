package bus_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
)

// tlsServer starts a server with a certificate for a host and returns its
// address without the scheme.
func tlsServer(t *testing.T, a *bustest.Authority, host string, until time.Time, more string) string {
	t.Helper()
	cert, key := a.Issue(t, host, until)
	srv := bustest.Configured(t, fmt.Sprintf("tls { cert_file: %q, key_file: %q, ca_file: %q\n%s }\n", cert, key, a.CA, more))
	return srv.Addr().String()
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// seed returns a file with a user's seed and the public key of it.
func seed(t *testing.T) (path, public string) {
	t.Helper()
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	text, err := pair.Seed()
	if err != nil {
		t.Fatal(err)
	}
	if public, err = pair.PublicKey(); err != nil {
		t.Fatal(err)
	}
	return file(t, string(text)+"\n"), public
}

// Each mistake with certificates is named, with what mends it, and quickly.
func TestConnectWithTLS(t *testing.T) {
	ours, theirs := bustest.NewAuthority(t), bustest.NewAuthority(t)
	soon, past := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	good := tlsServer(t, ours, "127.0.0.1", soon, "")
	mutual := tlsServer(t, ours, "127.0.0.1", soon, "verify: true")
	first := tlsServer(t, ours, "127.0.0.1", soon, "handshake_first: true")
	expired := tlsServer(t, ours, "127.0.0.1", past, "")
	other := tlsServer(t, ours, "nats.example", soon, "")
	plain := bustest.Configured(t, "").Addr().String()
	cert, key := ours.Issue(t, "client", soon)
	oldCert, oldKey := ours.Issue(t, "client", past)
	strangeCert, strangeKey := theirs.Issue(t, "client", soon)
	for _, c := range []struct {
		name, at string
		cfg      bus.Config
		want     string
	}{
		{"good", good, bus.Config{TLSCA: ours.CA}, ""},
		{"several, one away", "127.0.0.1:1,tls://" + good, bus.Config{TLSCA: ours.CA}, ""},
		{"client certificate", mutual, bus.Config{TLSCA: ours.CA, TLSCert: cert, TLSKey: key}, ""},
		{"handshake first", first, bus.Config{TLSCA: ours.CA, TLSFirst: true}, ""},
		{"authority of the system", good, bus.Config{}, "name the authority with --nats-tlsca"},
		{"wrong authority", good, bus.Config{TLSCA: theirs.CA}, "is not of the authority in " + theirs.CA},
		{"authority without certificates", good, bus.Config{TLSCA: file(t, "x")}, "file"},
		{"no authority file", good, bus.Config{TLSCA: "/none"}, "read TLS certificate authority: open /none"},
		{"expired", expired, bus.Config{TLSCA: ours.CA}, "renew it, or set the clock"},
		{"other host", other, bus.Config{TLSCA: ours.CA}, "its certificate is for nats.example, not for 127.0.0.1"},
		{"no client certificate", mutual, bus.Config{TLSCA: ours.CA}, "--nats-tlscert and --nats-tlskey"},
		{"expired client certificate", mutual, bus.Config{TLSCA: ours.CA, TLSCert: oldCert, TLSKey: oldKey}, "it expired on"},
		{"strange client certificate", mutual, bus.Config{TLSCA: ours.CA, TLSCert: strangeCert, TLSKey: strangeKey}, "it must be of the authority that the server trusts"},
		{"handshake first forgotten", first, bus.Config{TLSCA: ours.CA}, "needs --nats-tlsfirst"},
		{"handshake first at another", good, bus.Config{TLSCA: ours.CA, TLSFirst: true}, "leave out --nats-tlsfirst"},
		{"no TLS there", plain, bus.Config{TLSCA: ours.CA}, "it offers no TLS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.cfg.URL = "tls://" + c.at
			began := time.Now()
			conn, err := bus.Connect(t.Context(), c.cfg)
			wantError(t, err, c.want)
			if took := time.Since(began); took > 8*time.Second {
				t.Errorf("it took %v", took)
			}
			if conn != nil {
				if server, err := conn.Server(); err != nil || server.TLS == "" {
					t.Errorf("server %+v, %v", server, err)
				}
				_ = conn.Close(t.Context())
			}
		})
	}
}

// Each kind of credentials works, and each mistake with one names whom the server
// does not know.
func TestConnectWithCredentials(t *testing.T) {
	known, public := seed(t)
	unknown, stranger := seed(t)
	users := bustest.Configured(t, `authorization { users: [ {nkey: `+public+`}, {user: weir, password: "s3cr3t"} ] }`).ClientURL()
	token := bustest.Configured(t, `authorization { token: "s3cr3t" }`).ClientURL()
	for _, c := range []struct {
		name, url string
		cfg       bus.Config
		want      string
	}{
		{"nkey", users, bus.Config{NKeyFile: known}, ""},
		{"password", users, bus.Config{User: "weir", Password: "s3cr3t"}, ""},
		{"password of a file", users, bus.Config{User: "weir", PasswordFile: file(t, "s3cr3t\n")}, ""},
		{"token", token, bus.Config{Token: "s3cr3t"}, ""},
		{"token of a file", token, bus.Config{TokenFile: file(t, "s3cr3t\n")}, ""},
		{"nobody's nkey", users, bus.Config{NKeyFile: unknown}, "no user with the public nkey " + stranger},
		{"no nkey", users, bus.Config{NKeyFile: file(t, "hunter2")}, "want a line with a user's seed"},
		{"wrong password", users, bus.Config{User: "weir", Password: "hunter2"}, `no user "weir", or with another password`},
		{"wrong token", token, bus.Config{Token: "hunter2"}, "it wants another token"},
		{"empty token", token, bus.Config{TokenFile: file(t, "\n")}, "is empty"},
		{"no password file", users, bus.Config{User: "weir", PasswordFile: "/none"}, "read NATS password: open /none"},
		{"none", users, bus.Config{}, "none are given"},
		{"no creds", users, bus.Config{CredsFile: file(t, "hunter2")}, "connect to NATS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.cfg.URL = c.url
			conn, err := bus.Connect(t.Context(), c.cfg)
			wantError(t, err, c.want)
			if conn != nil {
				_ = conn.Close(t.Context())
			}
		})
	}
}

// Of several servers each one's trouble is told.
func TestConnectTellsOfEachServer(t *testing.T) {
	url := bustest.Configured(t, `authorization { token: "s3cr3t" }`).ClientURL()
	_, err := bus.Connect(t.Context(), bus.Config{URL: url + ", nats://127.0.0.1:1", Token: "hunter2"})
	wantError(t, err, "it wants another token")
	wantError(t, err, "connect to NATS at nats://127.0.0.1:1")
	if strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("want a line for each server: %v", err)
	}
}
