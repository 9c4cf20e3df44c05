package run

import (
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/weirsec/weir/internal/bus"
)

// defaultNATS is where "weir run --listen" and a NATS server usually are.
const defaultNATS = "nats://127.0.0.1:4222"

// OperatorInbox is where the replies to commands go that an operator gives.
const OperatorInbox = "_INBOX_operator"

// RegisterBus adds the flags that say how to reach the broker. They are those of
// the NATS command line with "nats-" in front; its variables are the defaults:
// NATS_URL, NATS_CREDS, NATS_NKEY, NATS_USER, NATS_PASSWORD, NATS_TOKEN, NATS_CA,
// NATS_CERT and NATS_KEY. Secrets come from files or variables only, because
// everybody on the machine sees a command line.
func RegisterBus(flags *pflag.FlagSet, cfg *bus.Config) {
	if cfg.InboxPrefix == "" {
		cfg.InboxPrefix = OperatorInbox
	}
	cfg.URL = defaultNATS
	b := &busFlags{cfg: cfg, flags: flags}
	flags.Var(&addressFlag{&cfg.URL}, "nats-url", "addresses of NATS, with commas; NATS_URL sets the default")
	b.env(&cfg.URL, "NATS_URL")
	b.credential(&cfg.CredsFile, "nats-creds", "NATS_CREDS", "file", "file with NATS credentials")
	b.credential(&cfg.NKeyFile, "nats-nkey", "NATS_NKEY", "file", "file with the seed of a NATS nkey")
	b.credential(&cfg.User, "nats-user", "NATS_USER", "string", "NATS user; its password comes from NATS_PASSWORD or a file")
	b.credential(&cfg.PasswordFile, "nats-password-file", "", "file", "file with the password of the NATS user")
	b.credential(&cfg.TokenFile, "nats-token-file", "", "file", "file with a NATS token; NATS_TOKEN holds the token itself")
	b.env(&cfg.Password, "NATS_PASSWORD")
	b.env(&cfg.Token, "NATS_TOKEN")
	b.text(&cfg.TLSCA, "nats-tlsca", "NATS_CA", "certificate authority of NATS, PEM; NATS_CA sets the default")
	b.text(&cfg.TLSCert, "nats-tlscert", "NATS_CERT", "client certificate for NATS, PEM; NATS_CERT sets the default")
	b.text(&cfg.TLSKey, "nats-tlskey", "NATS_KEY", "key of the client certificate, PEM; NATS_KEY sets the default")
	flags.BoolVar(&cfg.TLSFirst, "nats-tlsfirst", false, "begin with the TLS handshake, for servers with handshake_first")
	flags.StringVar(&cfg.InboxPrefix, "nats-inbox-prefix", cfg.InboxPrefix, "where replies go; the NATS user must be allowed to subscribe there")
}

// busFlags fills a configuration from the environment first.
type busFlags struct {
	cfg   *bus.Config
	flags *pflag.FlagSet
	// chosen is set once a flag names credentials: those of the environment do
	// not count then.
	chosen bool
}

// env sets a field that has no flag, or whose flag exists. The value is not
// shown as a default in any help.
func (b *busFlags) env(field *string, name string) {
	if value := os.Getenv(name); value != "" {
		*field = value
	}
}

func (b *busFlags) text(field *string, flag, env, usage string) {
	b.flags.StringVar(field, flag, "", usage)
	b.env(field, env)
}

func (b *busFlags) credential(field *string, flag, env, kind, usage string) {
	if env != "" {
		usage += "; " + env + " sets the default"
		b.env(field, env)
	}
	b.flags.Var(&credentialFlag{b, field, kind}, flag, usage)
}

// credentialFlag is a flag that says who the client is.
type credentialFlag struct {
	all   *busFlags
	field *string
	kind  string
}

// String returns nothing: what the environment says is no default to show.
func (*credentialFlag) String() string { return "" }

// Type names the kind of value for --help.
func (f *credentialFlag) Type() string { return f.kind }

// Set takes the value; the first one makes those of the environment void.
func (f *credentialFlag) Set(text string) error {
	cfg := f.all.cfg
	if !f.all.chosen {
		f.all.chosen = true
		// A variable may hold the secret of a user that a flag names.
		password := cfg.Password
		cfg.CredsFile, cfg.NKeyFile, cfg.User, cfg.Password, cfg.Token = "", "", "", "", ""
		if f.field == &cfg.User {
			cfg.Password = password
		}
	}
	if f.field == &cfg.PasswordFile {
		cfg.Password = ""
		if cfg.User == "" {
			b := f.all
			b.env(&cfg.User, "NATS_USER")
		}
	}
	if f.field == &cfg.User && cfg.PasswordFile != "" {
		cfg.Password = ""
	}
	*f.field = text
	return nil
}

// addressFlag is a flag for addresses without secrets.
type addressFlag struct{ field *string }

// String returns the address that holds where nothing is said.
func (f *addressFlag) String() string {
	if f.field == nil {
		return ""
	}
	return *f.field
}

// Type names the kind of value for --help.
func (*addressFlag) Type() string { return "url" }

// Set takes addresses.
func (f *addressFlag) Set(text string) error {
	for address := range strings.SplitSeq(text, ",") {
		u, err := url.Parse(strings.TrimSpace(address))
		if err == nil && u.User != nil {
			return fmt.Errorf("%s: leave user and password out, which others could see here: "+
				"set them in NATS_URL, or use NATS_USER and NATS_PASSWORD", u.Redacted())
		}
	}
	*f.field = text
	return nil
}
