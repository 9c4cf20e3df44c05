package bus

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// explain says why no connection came about, and what mends it.
func (d *dialer) explain(address string, err error) error {
	at := "NATS at " + redact(address)
	if why := d.explainTLS(err); why != "" {
		return fmt.Errorf("%s: %s: %w", at, why, err)
	}
	var dns *net.DNSError
	switch {
	case errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAccountAuthExpired):
		return fmt.Errorf("%s refuses the credentials: they have expired: get new ones: %w", at, err)
	case errors.Is(err, nats.ErrAuthRevoked):
		return fmt.Errorf("%s refuses the credentials: they were revoked: get new ones: %w", at, err)
	case errors.Is(err, nats.ErrAuthorization):
		return fmt.Errorf("%s refuses the credentials: %s: %w", at, d.identity(address), err)
	case errors.Is(err, nats.ErrNoServers), errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout), isTimeout(err):
		return fmt.Errorf("connect to %s (is a server listening there? `weir run --listen host:port` opens one; one whose TLS "+
			"handshake comes first needs --nats-tlsfirst): %w", at, err)
	case errors.Is(err, io.EOF):
		return fmt.Errorf("connect to %s: it ends the connection without a word: one whose TLS handshake comes first "+
			"needs --nats-tlsfirst: %w", at, err)
	case errors.As(err, &dns):
		return fmt.Errorf("connect to %s: there is no host of that name: %w", at, err)
	default:
		return fmt.Errorf("connect to %s: %w", at, err)
	}
}

// explainTLS returns what is wrong with the certificates, "" where it is not
// they.
func (d *dialer) explainTLS(err error) string {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var host x509.HostnameError
	var record tls.RecordHeaderError
	text := err.Error()
	switch {
	case errors.As(err, &unknown):
		if d.cfg.TLSCA == "" {
			return "its certificate is of an authority that this machine does not know: name the authority with --nats-tlsca"
		}
		return "its certificate is not of the authority in " + d.cfg.TLSCA + ": name the right one with --nats-tlsca"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("its certificate is valid from %s to %s, and now is %s: renew it, or set the clock",
			moment(invalid.Cert.NotBefore), moment(invalid.Cert.NotAfter), moment(time.Now()))
	case errors.As(err, &host):
		names := append([]string{}, host.Certificate.DNSNames...)
		for _, ip := range host.Certificate.IPAddresses {
			names = append(names, ip.String())
		}
		return fmt.Sprintf("its certificate is for %s, not for %s: use that name in --nats-url",
			strings.Join(names, ", "), host.Host)
	case errors.Is(err, nats.ErrSecureConnWanted):
		return "it offers no TLS, which is asked for here: use nats:// without --nats-tlsca and --nats-tlscert, or give it a certificate"
	case errors.As(err, &record):
		return "it does not begin with a TLS handshake: leave out --nats-tlsfirst"
	case strings.Contains(text, "certificate required"):
		return "it wants a certificate of the client: give one with --nats-tlscert and --nats-tlskey"
	case strings.Contains(text, "remote error: tls:"), strings.Contains(text, "closed by remote after TLS handshake"):
		return d.refusedCertificate()
	default:
		return ""
	}
}

// refusedCertificate says what may be wrong with the client's own certificate.
func (d *dialer) refusedCertificate() string {
	if d.cfg.TLSCert == "" {
		return "it breaks the TLS handshake off: it may want a certificate of the client (--nats-tlscert and --nats-tlskey)"
	}
	why := "it must be of the authority that the server trusts"
	if pair, err := tls.LoadX509KeyPair(d.cfg.TLSCert, d.cfg.TLSKey); err == nil && pair.Leaf != nil && time.Now().After(pair.Leaf.NotAfter) {
		why = "it expired on " + moment(pair.Leaf.NotAfter)
	}
	return "it refuses the client's certificate " + d.cfg.TLSCert + ": " + why
}

// identity says who the server does not let in, as far as that is no secret.
func (d *dialer) identity(address string) string {
	u, err := url.Parse(address)
	switch {
	case err == nil && u.User != nil:
		return fmt.Sprintf("it has no user %q, or with another password", u.User.Username())
	case d.cfg.NKeyFile != "":
		return "it has no user with the public nkey " + publicKey(d.cfg.NKeyFile) + " (of the seed in " + d.cfg.NKeyFile + ")"
	case d.cfg.CredsFile != "":
		return "it does not accept the user of " + d.cfg.CredsFile
	case d.cfg.User != "":
		return fmt.Sprintf("it has no user %q, or with another password", d.cfg.User)
	case d.cfg.Token != "" || d.cfg.TokenFile != "":
		return "it wants another token"
	default:
		return "none are given: give some with --nats-nkey, --nats-creds or --nats-user"
	}
}

// publicKey returns what the server knows a seed by.
func publicKey(file string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return "?"
	}
	pair, err := nkeys.ParseDecoratedNKey(data)
	if err != nil {
		return "?"
	}
	defer pair.Wipe()
	public, err := pair.PublicKey()
	if err != nil {
		return "?"
	}
	return public
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

// moment shows a time to the minute.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
