package rights

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/weirsec/weir/internal/bus"
)

// Config is what a NATS server is told about Weir's account.
type Config struct {
	// Account is the account's name, SystemAccount the server's own; "" leaves
	// the latter out.
	Account, SystemAccount string
	// Layout is what the account has room for.
	Layout bus.Layout
	Users  []User
}

// Write writes the configuration, to be included by a server's.
func (c Config) Write(w io.Writer) error {
	if err := c.Validate(); err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "# The account of Weir, made by \"weir nats config\": include it in the server's\n"+
		"# configuration. A user may do what is listed, and nothing else.\naccounts {\n  %s {\n", c.Account)
	// What is stored counts once a replica; the rest is for what is under way.
	fmt.Fprintf(out, "    jetstream { max_file: %d, max_memory: %d, max_streams: %d }\n    users: [\n",
		c.Layout.Storage(), memory, c.Layout.Count())
	for _, u := range c.Users {
		if err := c.writeUser(out, u); err != nil {
			return err
		}
	}
	fmt.Fprint(out, "    ]\n  }\n")
	if c.SystemAccount != "" {
		fmt.Fprintf(out, "  %s { users: [] }\n", c.SystemAccount)
	}
	fmt.Fprint(out, "}\n")
	if c.SystemAccount != "" {
		fmt.Fprintf(out, "system_account: %s\n", c.SystemAccount)
	}
	return out.Flush()
}

// memory is for consumers that are kept in memory.
const memory = 64 << 20

// Validate reports what is missing.
func (c Config) Validate() error {
	var errs []error
	if c.Account == "" || c.Account == c.SystemAccount {
		errs = append(errs, errors.New("the account needs a name of its own"))
	}
	for _, name := range []string{c.Account, c.SystemAccount} {
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
			errs = append(errs, fmt.Errorf("account name %q: use letters, digits, '_' and '-'", name))
		}
	}
	errs = append(errs, c.Layout.Validate())
	seen, keys := map[string]bool{}, map[string]string{}
	for _, u := range c.Users {
		if seen[u.Name] {
			errs = append(errs, fmt.Errorf("user %s is there twice", u.Name))
		}
		seen[u.Name] = true
		if err := CheckPublic(u.Public); err != nil {
			errs = append(errs, fmt.Errorf("user %s: %w", u.Name, err))
		} else if other := keys[u.Public]; other != "" {
			errs = append(errs, fmt.Errorf("users %s and %s have the same key", other, u.Name))
		}
		keys[u.Public] = u.Name
	}
	return errors.Join(errs...)
}

func (c Config) writeUser(out *bufio.Writer, u User) error {
	p, err := Of(u.Role, u.Node, c.Layout.PartitionCount())
	if err != nil {
		return fmt.Errorf("user %s: %w", u.Name, err)
	}
	fmt.Fprintf(out, "      # %s\n      {\n        nkey: %s\n        permissions: {\n", comment(u.Name), quote(u.Public))
	writeAllow(out, "publish", p.Publish)
	writeAllow(out, "subscribe", p.Subscribe)
	if p.Respond {
		fmt.Fprint(out, "          allow_responses: { max: 1, expires: \"1m\" }\n")
	}
	fmt.Fprint(out, "        }\n      }\n")
	return nil
}

func writeAllow(out *bufio.Writer, what string, subjects []string) {
	fmt.Fprintf(out, "          %s: { allow: [\n", what)
	for _, s := range subjects {
		fmt.Fprintf(out, "            %s\n", quote(s))
	}
	fmt.Fprint(out, "          ] }\n")
}

// quote makes a string of the configuration's language.
func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// comment keeps a name on its line.
func comment(name string) string { return strings.NewReplacer("\n", " ", "\r", " ").Replace(name) }
