package rights_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/bus/rights"
)

func publicKey(t testing.TB) string {
	t.Helper()
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err := pair.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return public
}

// parsed holds what the server's parser reads of a configuration against what was
// to be written.
func parsed(t *testing.T, cfg rights.Config) {
	t.Helper()
	var out bytes.Buffer
	if err := cfg.Write(&out); err != nil {
		t.Fatal(err)
	}
	opts := bustest.ParseConfig(t, out.String())
	if len(opts.Nkeys) != len(cfg.Users) || opts.SystemAccount != cfg.SystemAccount {
		t.Fatalf("%d users, system account %q\n%s", len(opts.Nkeys), opts.SystemAccount, out.String())
	}
	for _, u := range cfg.Users {
		want, err := rights.Of(u.Role, u.Node, cfg.Layout.PartitionCount())
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range opts.Nkeys {
			if got.Nkey != u.Public {
				continue
			}
			p := got.Permissions
			if !slices.Equal(p.Publish.Allow, want.Publish) || !slices.Equal(p.Subscribe.Allow, want.Subscribe) {
				t.Errorf("user %q is read as %v, %v", u.Name, p.Publish, p.Subscribe)
			}
			if (p.Response != nil) != want.Respond || p.Response != nil && (p.Response.MaxMsgs != 1 || p.Response.Expires != time.Minute) {
				t.Errorf("user %q responds %+v", u.Name, p.Response)
			}
			if got.Account.GetName() != cfg.Account {
				t.Errorf("user %q is of account %q", u.Name, got.Account.GetName())
			}
		}
	}
}

func TestConfigIsReadAsWritten(t *testing.T) {
	for _, cfg := range []rights.Config{
		{Account: "WEIR", SystemAccount: "SYS"},
		{Account: "a-B_9", Layout: bus.Layout{Partitions: 256, Replicas: 3, MaxBytes: 1 << 40}},
	} {
		cfg.Users = rights.Users([]string{"web-1", "web.2", "ähm * >", `a"b\c`, "#x", "$x", "a/b", "x\ny", "{{name()}}"})
		for i := range cfg.Users {
			cfg.Users[i].Public = publicKey(t)
		}
		parsed(t, cfg)
	}
}

// Whatever a node is called, its user may publish as that node and nothing more.
func FuzzNodeNames(f *testing.F) {
	for _, node := range []string{"web-1", "a.b", "*", ">", "\"", "\\", "\n", "%", "}", "# x", "$X", "\xff"} {
		f.Add(node)
	}
	f.Fuzz(func(t *testing.T, node string) {
		if node == "" {
			return
		}
		u := rights.Users([]string{node})
		collector := u[len(u)-1]
		collector.Public = publicKey(t)
		parsed(t, rights.Config{Account: "WEIR", Users: []rights.User{collector}})
		if name := collector.KeyFile(); filepath.Base(name) != name || strings.ContainsAny(name, "/\x00\n") {
			t.Errorf("the key of %q is in %q", node, name)
		}
		p, err := rights.Of(rights.Collector, node, 1)
		if err != nil {
			t.Fatal(err)
		}
		raw := slices.DeleteFunc(slices.Clone(p.Publish), func(s string) bool { return !strings.HasPrefix(s, "weir.") })
		if len(raw) != 1 || raw[0] != bus.RawSubject(node) || strings.Count(raw[0], ".") != 2 || strings.ContainsAny(raw[0], "*> ") {
			t.Errorf("node %q may publish to %q", node, raw)
		}
	})
}

func TestConfigMistakes(t *testing.T) {
	good := rights.User{Name: "enricher", Role: rights.Enricher, Public: publicKey(t)}
	seedOf := func() string {
		pair, err := nkeys.CreateUser()
		if err != nil {
			t.Fatal(err)
		}
		text, err := pair.Seed()
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}()
	for _, c := range []struct {
		name string
		cfg  rights.Config
		want string
	}{
		{"no account", rights.Config{}, "needs a name of its own"},
		{"one account for both", rights.Config{Account: "A", SystemAccount: "A"}, "needs a name of its own"},
		{"account of several words", rights.Config{Account: "a b"}, "use letters, digits"},
		{"layout", rights.Config{Account: "A", Layout: bus.Layout{Replicas: 2}}, "replicas are 2"},
		{"no key", rights.Config{Account: "A", Users: []rights.User{{Name: "x", Role: rights.Enricher}}}, `user x: "" is no public nkey`},
		{"a seed", rights.Config{Account: "A", Users: []rights.User{{Name: "x", Role: rights.Enricher, Public: seedOf}}}, "never the seed"},
		{"twice", rights.Config{Account: "A", Users: []rights.User{good, good}}, "enricher is there twice"},
		{"one key", rights.Config{Account: "A", Users: []rights.User{good, {Name: "b", Role: rights.Admin, Public: good.Public}}}, "have the same key"},
		{"role", rights.Config{Account: "A", Users: []rights.User{{Name: "x", Role: "boss", Public: good.Public}}}, `no role "boss"`},
		{"no node", rights.Config{Account: "A", Users: []rights.User{{Name: "x", Role: rights.Collector, Public: good.Public}}}, "collectors have a node"},
	} {
		err := c.cfg.Write(&bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), seedOf) {
			t.Errorf("%s: error is %v, want one with %q", c.name, err, c.want)
		}
	}
}

// Keys are made once, for their owner's eyes only.
func TestUseKey(t *testing.T) {
	dir := t.TempDir()
	u := rights.User{Name: "enricher", Role: rights.Enricher}
	if made, err := u.UseKey(dir); err != nil || !made {
		t.Fatalf("made %v, %v", made, err)
	}
	path := filepath.Join(dir, "enricher.nk")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	again := rights.User{Name: "enricher", Role: rights.Enricher}
	if made, err := again.UseKey(dir); err != nil || made || again.Public != u.Public {
		t.Errorf("made %v, %v, %s", made, err, again.Public)
	}
	account, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := account.Seed()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"": "want a line with a user's seed", "hunter2": "want a line with a user's seed", string(seed): "no user's key"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := again.UseKey(dir); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: error is %v", want, err)
		}
	}
	if _, err := u.UseKey(filepath.Join(dir, "none")); err == nil {
		t.Error("a key is made where no directory is")
	}
}
