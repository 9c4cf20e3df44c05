package bus

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// dialer opens connections as a configuration says.
type dialer struct {
	cfg Config
	// process is a server in this process, nil for one by its address.
	process Dialer
}

// dial connects to one of the servers, bounded by ctx, of which the client's own
// connecting knows nothing. Its error says of each address what is wrong there.
func (d *dialer) dial(ctx context.Context, opts []nats.Option) (*nats.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	own, err := d.options()
	if err != nil {
		return nil, err
	}
	nc, err := nats.Connect(d.cfg.URL, append(append(opts, own...), nats.Timeout(remaining(ctx)))...)
	if err == nil {
		return nc, nil
	}
	if d.process != nil {
		return nil, fmt.Errorf("connect to the NATS server of this process: %w", err)
	}
	addresses := d.cfg.addresses()
	if len(addresses) == 1 {
		return nil, noted(d.away(err), d.explain(addresses[0], err))
	}
	// The client tells of one server only, and of none where one just did not
	// listen.
	var errs []error
	away := true
	for _, address := range addresses {
		if ctx.Err() != nil {
			errs = append(errs, d.explain(address, ctx.Err()))
			continue
		}
		nc, err := nats.Connect(address, append(own, nats.NoReconnect(), nats.Timeout(remaining(ctx)))...)
		if err == nil {
			nc.Close()
			err = awayError{errors.New("it answers only now: try again")}
		}
		// One that refuses the client is enough to know that waiting does not help.
		away = away && d.away(err)
		errs = append(errs, d.explain(address, err))
	}
	return nil, noted(away, errors.Join(errs...))
}

// away reports whether it may help to try again: not where one side does not
// trust the other, however that ends.
func (d *dialer) away(err error) bool { return Away(err) && d.explainTLS(err) == "" }

// noted returns an error as ErrAway, where it is that.
func noted(away bool, err error) error {
	if away {
		return awayError{err}
	}
	return lastingError{err}
}

// remaining is how long connecting may take.
func remaining(ctx context.Context) time.Duration {
	timeout := connectTimeout
	if deadline, ok := ctx.Deadline(); ok {
		timeout = min(timeout, max(time.Until(deadline), time.Millisecond))
	}
	return timeout
}

// options are who the client is and how it finds out that the server is the
// right one.
func (d *dialer) options() ([]nats.Option, error) {
	cfg := d.cfg
	opts := []nats.Option{nats.Name(cfg.Name)}
	if cfg.InboxPrefix != "" {
		opts = append(opts, nats.CustomInboxPrefix(cfg.InboxPrefix))
	}
	if d.process != nil {
		return append(opts, nats.InProcessServer(d.process)), nil
	}
	credentials, err := cfg.credentials()
	if err != nil {
		return nil, err
	}
	security, err := cfg.security()
	return append(append(opts, credentials...), security...), err
}

// credentials returns the options for the kind that is configured. What is wrong
// with a file is said now; later it is read again whenever a connection is made.
func (c Config) credentials() ([]nats.Option, error) {
	switch {
	case c.CredsFile != "":
		if _, err := os.ReadFile(c.CredsFile); err != nil {
			return nil, fmt.Errorf("read NATS credentials: %w", err)
		}
		return []nats.Option{nats.UserCredentials(c.CredsFile)}, nil
	case c.NKeyFile != "":
		nkey, err := nats.NkeyOptionFromSeed(c.NKeyFile)
		if err != nil {
			return nil, fmt.Errorf("read nkey file %s (want a line with a user's seed, \"SU…\"): %w", c.NKeyFile, err)
		}
		return []nats.Option{nkey}, nil
	case c.User != "":
		if _, err := secret("password", c.Password, c.PasswordFile); err != nil {
			return nil, err
		}
		return []nats.Option{nats.UserInfoHandler(func() (string, string) {
			// A file that is gone is told by the server's refusal.
			password, _ := secret("password", c.Password, c.PasswordFile)
			return c.User, password
		})}, nil
	case c.Token != "" || c.TokenFile != "":
		if _, err := secret("token", c.Token, c.TokenFile); err != nil {
			return nil, err
		}
		return []nats.Option{nats.TokenHandler(func() string {
			token, _ := secret("token", c.Token, c.TokenFile)
			return token
		})}, nil
	default:
		return nil, nil
	}
}

// secret returns what is given as a text or in a file, whose last line may end.
func secret(what, text, file string) (string, error) {
	if file == "" {
		return text, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read NATS %s: %w", what, err)
	}
	if text = strings.TrimRight(string(data), "\r\n"); text == "" {
		return "", fmt.Errorf("read NATS %s: %s is empty", what, file)
	}
	return text, nil
}

// security returns the options for TLS.
func (c Config) security() ([]nats.Option, error) {
	var opts []nats.Option
	if c.TLSCert != "" {
		if _, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey); err != nil {
			return nil, fmt.Errorf("read TLS certificate: %w", err)
		}
		opts = append(opts, nats.ClientCert(c.TLSCert, c.TLSKey))
	}
	if c.TLSCA != "" {
		if _, err := os.ReadFile(c.TLSCA); err != nil {
			return nil, fmt.Errorf("read TLS certificate authority: %w", err)
		}
		opts = append(opts, nats.RootCAs(c.TLSCA))
	}
	if c.TLSFirst {
		opts = append(opts, nats.Secure(), nats.TLSHandshakeFirst())
	}
	return opts, nil
}
