package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/bus/rights"
)

// natsConfigOptions are the settings of "weir nats config".
type natsConfigOptions struct {
	layout          layoutFlags
	account, system string
	nodes, users    []string
	keys            string
}

// newNATSConfig returns "weir nats config".
func newNATSConfig() *cobra.Command {
	o := &natsConfigOptions{}
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print a NATS server configuration with an account and users of least rights",
		Long: `Print a NATS server configuration with an account for Weir: its limits, a user
for each service and for people, and a collector's user for each node, which may
publish as that node only. Include it in the server's own configuration.

The users have nkeys. With --keys they are read from files in that directory, and
made there where there are none: give each service its own file, and the server
none. Public keys that exist elsewhere are given with --user.`,
		Example: `  weir nats config --keys ./keys --node web-1 --node web-2 > weir.conf
  weir nats config --keys ./keys --node web-1 --user collector-web-1=UCEH… > weir.conf`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.run(cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	o.layout.register(flags)
	flags.StringVar(&o.account, "account", "WEIR", "name of the account")
	flags.StringVar(&o.system, "system-account", "SYS", `name of the server's own account; "" where the server has one already`)
	flags.StringSliceVar(&o.nodes, "node", nil, "a node with a collector, as --node names it there; may be given again")
	flags.StringArrayVar(&o.users, "user", nil, "a user's public nkey, as NAME=U…; may be given again")
	flags.StringVar(&o.keys, "keys", "", "directory with the users' seeds; those that are missing are made")
	return cmd
}

func (o *natsConfigOptions) run(out, messages io.Writer) error {
	layout, err := o.layout.value()
	if err != nil {
		return err
	}
	slices.Sort(o.nodes)
	cfg := rights.Config{
		Account: o.account, SystemAccount: o.system, Layout: layout, Users: rights.Users(slices.Compact(o.nodes)),
	}
	given, err := o.given(cfg.Users)
	if err != nil {
		return usage(err)
	}
	if o.keys == "" {
		if err := without(cfg.Users, given); err != nil {
			return usage(err)
		}
	} else if err := os.MkdirAll(o.keys, 0o700); err != nil {
		return fmt.Errorf("make the directory for keys: %w", err)
	}
	for i := range cfg.Users {
		u := &cfg.Users[i]
		if u.Public = given[u.Name]; u.Public != "" {
			continue
		}
		made, err := u.UseKey(o.keys)
		if err != nil {
			return err
		}
		if made {
			fmt.Fprintf(messages, "made %s: the seed of user %s\n", filepath.Join(o.keys, u.KeyFile()), u.Name)
		}
	}
	if len(o.nodes) == 0 {
		fmt.Fprintln(messages, "there is no --node: no collector can connect")
	}
	return cfg.Write(out)
}

// given returns the public keys of the command line, by user.
func (o *natsConfigOptions) given(users []rights.User) (map[string]string, error) {
	given := map[string]string{}
	for _, text := range o.users {
		name, key, ok := strings.Cut(text, "=")
		known := slices.ContainsFunc(users, func(u rights.User) bool { return u.Name == name })
		switch {
		case !ok:
			return nil, errors.New("--user: want NAME=U…")
		case !known:
			return nil, fmt.Errorf("--user: no user %q: the users are %s", name, names(users))
		case given[name] != "":
			return nil, fmt.Errorf("--user: %s is given twice", name)
		}
		if err := rights.CheckPublic(key); err != nil {
			return nil, fmt.Errorf("--user %s: %w", name, err)
		}
		given[name] = key
	}
	return given, nil
}

// without returns an error that names the users whose keys are unknown.
func without(users []rights.User, given map[string]string) error {
	missing := slices.DeleteFunc(slices.Clone(users), func(u rights.User) bool { return given[u.Name] != "" })
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("no key is known of %s: give --keys DIR, where they are made, or --user NAME=U… for each", names(missing))
}

func names(users []rights.User) string {
	var all []string
	for _, u := range users {
		all = append(all, u.Name)
	}
	return strings.Join(all, ", ")
}
