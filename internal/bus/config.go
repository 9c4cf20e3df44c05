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
	// CredsFile and NKeyFile hold credentials; at most one of them.
	CredsFile, NKeyFile string
	// TLSCert and TLSKey are the client's certificate, both or neither; TLSCA
	// is what the server's is checked against. PEM files.
	TLSCert, TLSKey, TLSCA string
}

// Validate reports every mistake in the configuration.
func (c Config) Validate() error {
	var errs []error
	if c.URL != "" {
		for address := range strings.SplitSeq(c.URL, ",") {
			errs = append(errs, validateURL(strings.TrimSpace(address)))
		}
	}
	if c.CredsFile != "" && c.NKeyFile != "" {
		errs = append(errs, errors.New("creds file and nkey file are both given: choose one"))
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		errs = append(errs, errors.New("TLS certificate and TLS key must be given together"))
	}
	return errors.Join(errs...)
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

// redact takes the password out of an address for messages.
func redact(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return "an unreadable address"
	}
	return u.Redacted()
}
