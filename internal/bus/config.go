package bus

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Config says how to reach the broker. The zero Config is good for an
// in-process server only.
type Config struct {
	// URL is one address or several with commas: nats://host:4222 or
	// tls://host:4222.
	URL string
	// Name is the connection's name as the broker shows it.
	Name string
	// Credentials are of at most one kind: a file with a JWT and its seed, a
	// file with the seed of an nkey, a user with a password, or a token. The
	// files are read again for each connection.
	CredsFile, NKeyFile          string
	User, Password, PasswordFile string
	Token, TokenFile             string
	// TLSCert and TLSKey are the client's certificate, both or neither; TLSCA
	// is what the server's is checked against. PEM files.
	TLSCert, TLSKey, TLSCA string
	// TLSFirst begins with the handshake, for servers that say nothing before.
	TLSFirst bool
	// InboxPrefix begins the subjects of replies, so that others who may not
	// subscribe there do not see them; "" means the client's "_INBOX".
	InboxPrefix string
}

// Validate reports every mistake in the configuration.
func (c Config) Validate() error {
	var errs []error
	if c.URL != "" {
		for address := range strings.SplitSeq(c.URL, ",") {
			errs = append(errs, validateURL(strings.TrimSpace(address)))
		}
	}
	errs = append(errs, c.validateCredentials())
	if c.InboxPrefix != "" && !literal(c.InboxPrefix) {
		errs = append(errs, fmt.Errorf("inbox prefix %q: want a subject without wildcards, such as _INBOX_mine", c.InboxPrefix))
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		errs = append(errs, errors.New("TLS certificate and TLS key must be given together"))
	}
	return errors.Join(errs...)
}

func (c Config) validateCredentials() error {
	var kinds []string
	for _, kind := range []struct {
		name  string
		given bool
	}{
		{"creds file", c.CredsFile != ""},
		{"nkey file", c.NKeyFile != ""},
		{"user", c.User != ""},
		{"token", c.Token != "" || c.TokenFile != ""},
	} {
		if kind.given {
			kinds = append(kinds, kind.name)
		}
	}
	switch {
	case len(kinds) > 1:
		return fmt.Errorf("%s are all given: choose one kind of credentials", strings.Join(kinds, " and "))
	case c.User == "" && (c.Password != "" || c.PasswordFile != ""):
		return errors.New("a password is given, but no user: set NATS_USER or --nats-user")
	case c.Password != "" && c.PasswordFile != "":
		return errors.New("a password and a password file are both given: choose one")
	case c.Token != "" && c.TokenFile != "":
		return errors.New("a token and a token file are both given: choose one")
	}
	return nil
}

func validateURL(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("NATS URL: %w", err)
	}
	switch u.Scheme {
	case "nats", "tls", "ws", "wss":
	default:
		return fmt.Errorf("NATS URL %q: want nats://host:port or tls://host:port", u.Redacted())
	}
	if u.Hostname() == "" {
		return fmt.Errorf("NATS URL %q has no host", u.Redacted())
	}
	return nil
}

// addresses returns the URL's parts.
func (c Config) addresses() []string {
	var all []string
	for address := range strings.SplitSeq(c.URL, ",") {
		if address = strings.TrimSpace(address); address != "" {
			all = append(all, address)
		}
	}
	return all
}

// redact takes the password out of an address for messages.
func redact(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return "an unreadable address"
	}
	return u.Redacted()
}
