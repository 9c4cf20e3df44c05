package run

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/weirsec/weir/internal/bus"
)

// clearNATS makes a test independent of who runs it.
func clearNATS(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"NATS_URL", "NATS_CREDS", "NATS_NKEY", "NATS_USER", "NATS_PASSWORD", "NATS_TOKEN", "NATS_CA", "NATS_CERT", "NATS_KEY",
	} {
		t.Setenv(name, "")
	}
}

// How the broker is reached: flags before the file, the file before variables;
// and credentials that a flag names leave those of variables out.
func TestRegisterBus(t *testing.T) {
	def := bus.Config{URL: defaultNATS, InboxPrefix: OperatorInbox}
	with := func(change func(*bus.Config)) bus.Config {
		cfg := def
		change(&cfg)
		return cfg
	}
	for _, c := range []struct {
		name string
		env  map[string]string
		args []string
		yaml string
		want bus.Config
	}{
		{"nothing", nil, nil, "", def},
		{"variables", map[string]string{
			"NATS_URL": "tls://a,tls://b", "NATS_NKEY": "n", "NATS_CA": "ca", "NATS_CERT": "crt", "NATS_KEY": "key",
		}, nil, "", with(func(c *bus.Config) {
			c.URL, c.NKeyFile, c.TLSCA, c.TLSCert, c.TLSKey = "tls://a,tls://b", "n", "ca", "crt", "key"
		})},
		{
			"creds", map[string]string{"NATS_CREDS": "c"}, nil, "", with(func(c *bus.Config) { c.CredsFile = "c" }),
		},
		{
			"password",
			map[string]string{"NATS_USER": "u", "NATS_PASSWORD": "p"},
			nil, "",
			with(func(c *bus.Config) { c.User, c.Password = "u", "p" }),
		},
		{
			"password of another user",
			map[string]string{"NATS_USER": "u", "NATS_PASSWORD": "p"},
			[]string{"--nats-user", "v"},
			"", with(func(c *bus.Config) { c.User, c.Password = "v", "p" }),
		},
		{
			"password file of the variable's user",
			map[string]string{"NATS_USER": "u", "NATS_PASSWORD": "p"},
			[]string{"--nats-password-file", "f"},
			"", with(func(c *bus.Config) { c.User, c.PasswordFile = "u", "f" }),
		},
		{
			"flag before variable",
			map[string]string{"NATS_CREDS": "c", "NATS_URL": "nats://a"},
			[]string{"--nats-nkey", "n", "--nats-url", "nats://b"},
			"",
			with(func(c *bus.Config) { c.NKeyFile, c.URL = "n", "nats://b" }),
		},
		{
			"token file before token",
			map[string]string{"NATS_TOKEN": "t"},
			[]string{"--nats-token-file", "f"},
			"",
			with(func(c *bus.Config) { c.TokenFile = "f" }),
		},
		{
			"file before variable",
			map[string]string{"NATS_NKEY": "n", "NATS_CA": "ca"},
			[]string{"--nats-tlsfirst"},
			"nats-creds: c\nnats-tlsca: other\n",
			with(func(c *bus.Config) { c.CredsFile, c.TLSCA, c.TLSFirst = "c", "other", true }),
		},
		{
			"flag before file", nil,
			[]string{"--nats-inbox-prefix", "_INBOX"},
			"nats-inbox-prefix: mine\n",
			with(func(c *bus.Config) { c.InboxPrefix = "_INBOX" }),
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			clearNATS(t)
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			var got bus.Config
			flags := pflag.NewFlagSet("x", pflag.ContinueOnError)
			RegisterBus(flags, &got)
			if err := flags.Parse(c.args); err != nil {
				t.Fatal(err)
			}
			if err := applyYAML(flags, strings.NewReader(c.yaml), "x.yaml"); err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if err := got.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A command line holds no secret, and a help shows none.
func TestNoSecretsOnCommandLines(t *testing.T) {
	clearNATS(t)
	t.Setenv("NATS_URL", "nats://u:hunter2@a")
	t.Setenv("NATS_PASSWORD", "hunter2")
	var cfg bus.Config
	flags := pflag.NewFlagSet("x", pflag.ContinueOnError)
	RegisterBus(flags, &cfg)
	if text := flags.FlagUsages(); strings.Contains(text, "hunter2") {
		t.Errorf("the help shows\n%s", text)
	}
	err := flags.Parse([]string{"--nats-url", "nats://a,nats://u:hunter2@b"})
	if err == nil || !strings.Contains(err.Error(), "leave user and password out") {
		t.Errorf("error is %v", err)
	}
	for _, name := range []string{"nats-password", "nats-token"} {
		if flags.Lookup(name) != nil {
			t.Errorf("there is a flag --%s", name)
		}
	}
}

// Files of secrets are among those that a service may read again.
func TestServiceFiles(t *testing.T) {
	clearNATS(t)
	s := &Service{Name: "weir-x"}
	cmd := s.Command("", nil, nil)
	dir := t.TempDir()
	for _, flag := range []string{"nats-password-file", "nats-tlsca"} {
		if err := cmd.Flags().Set(flag, filepath.Join(dir, flag)); err != nil {
			t.Fatal(err)
		}
	}
	if files := s.Files(); len(files) != 2 {
		t.Errorf("files are %v", files)
	}
	if s.bus.InboxPrefix != "_INBOX_x" {
		t.Errorf("inbox is %q", s.bus.InboxPrefix)
	}
}

// A part that is asked counts in each report.
func TestHealthAsks(t *testing.T) {
	var h Health
	trouble := ""
	h.Ask("nats", func() string { return trouble })
	if r := h.Report(); r.Status != StatusReady || len(r.Parts) != 1 {
		t.Errorf("report %+v", r)
	}
	trouble = "refused"
	if r := h.Report(); r.Status != StatusDegraded || r.Parts[0].Reason != "refused" {
		t.Errorf("report %+v", r)
	}
	trouble = ""
	if r := h.Report(); r.Status != StatusReady {
		t.Errorf("report %+v", r)
	}
}
