package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/services/detector/bucket"
)

// putOptions say how "weir datasource put" writes.
type putOptions struct {
	ttl    time.Duration
	create bool
}

// changedKey is what "put" and "delete" tell.
type changedKey struct {
	Bucket   string `json:"bucket"`
	Key      string `json:"key"`
	Revision uint64 `json:"revision,omitempty"`
	Created  bool   `json:"created,omitempty"`
	Deleted  bool   `json:"deleted,omitempty"`
}

func (o *datasourceOptions) newPut() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "put BUCKET KEY VALUE",
		Short: "Set a key of a bucket that is a data source",
		Long: `Set a key of a bucket that is a data source; detectors see it at once. The value
is a JSON object, which signatures get as it is, or any other text, which they get
as {"value": text}; with - it is read from standard input. The key _schema
describes the results: a JSON object of names and types.`,
		Example: `  weir datasource put --create allowed 10.0.0.7 "build server"
  weir datasource put allowed 2001:db8::7 '{"owner": "build", "ticket": 42}' --ttl 24h
  weir datasource put allowed _schema '{"owner": "string", "ticket": "int"}'`,
		Args: cobra.ExactArgs(3),
		RunE: o.with(o.putKey),
	}
	cmd.Flags().DurationVar(&o.put.ttl, "ttl", 0, "forget the key after this time, in whole seconds (default: never)")
	cmd.Flags().BoolVar(&o.put.create, "create", false, "make the bucket where there is none")
	return cmd
}

func (o *datasourceOptions) putKey(cmd *cobra.Command, conn *bus.Conn, args []string) error {
	name, key, value := args[0], args[1], []byte(args[2])
	if args[2] == "-" {
		var err error
		if value, err = io.ReadAll(cmd.InOrStdin()); err != nil {
			return fmt.Errorf("read the value: %w", err)
		}
	}
	if err := checkValue(key, value); err != nil {
		return err
	}
	changed := changedKey{Bucket: name, Key: key}
	var err error
	if o.put.create {
		if changed.Created, err = conn.EnsureBucket(cmd.Context(), name); err != nil {
			return err
		}
	}
	changed.Revision, err = conn.PutKey(cmd.Context(), name, key, value, o.put.ttl)
	if errors.Is(err, bus.ErrNoBucket) {
		return fmt.Errorf("%w: --create makes it", err)
	}
	if err != nil {
		return err
	}
	if o.output == outputJSON {
		return printJSON(cmd.OutOrStdout(), changed)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "set %s in %s, revision %d\n", key, name, changed.Revision)
	return err
}

// checkValue refuses what detectors would leave out.
func checkValue(key string, value []byte) error {
	var err error
	if key == bucket.SchemaKey {
		_, err = bucket.ParseSchema(value)
	} else {
		_, err = bucket.ParseValue(value)
	}
	if err != nil {
		return fmt.Errorf("value of %s: %w", key, err)
	}
	return nil
}

func (o *datasourceOptions) newDelete() *cobra.Command {
	return &cobra.Command{
		Use:     "delete BUCKET KEY",
		Short:   "Remove a key of a bucket that is a data source",
		Example: `  weir datasource delete allowed 10.0.0.7`,
		Args:    cobra.ExactArgs(2),
		RunE: o.with(func(cmd *cobra.Command, conn *bus.Conn, args []string) error {
			err := conn.DeleteKey(cmd.Context(), args[0], args[1])
			if errors.Is(err, bus.ErrNoKey) {
				return &run.ExitError{Code: exitNotFound, Err: err}
			}
			if err != nil {
				return err
			}
			if o.output == outputJSON {
				return printJSON(cmd.OutOrStdout(), changedKey{Bucket: args[0], Key: args[1], Deleted: true})
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "deleted %s from %s\n", args[1], args[0])
			return err
		}),
	}
}

// listedKey is one key in the list.
type listedKey struct {
	Key string `json:"key"`
	// Value is what signatures get; Problem why they get nothing.
	Value    map[string]any `json:"value,omitempty"`
	Problem  string         `json:"problem,omitempty"`
	Revision uint64         `json:"revision"`
	Changed  time.Time      `json:"changed"`
}

func (o *datasourceOptions) newListKeys() *cobra.Command {
	return &cobra.Command{
		Use:   "list-keys BUCKET",
		Short: "List the keys of a bucket that is a data source",
		Example: `  weir datasource list-keys allowed
  weir datasource list-keys allowed --output json`,
		Args: cobra.ExactArgs(1),
		RunE: o.with(o.listKeys),
	}
}

func (o *datasourceOptions) listKeys(cmd *cobra.Command, conn *bus.Conn, args []string) error {
	entries, err := conn.BucketEntries(cmd.Context(), args[0])
	if err != nil {
		return err
	}
	keys := []listedKey{}
	table := fittedTable{shrink: []int{1, 0}}
	table.add("KEY", "VALUE", "CHANGED")
	for _, e := range entries {
		k := listedKey{Key: e.Name, Revision: e.Revision, Changed: e.Time}
		shown := string(e.Value)
		value, err := bucket.ParseValue(e.Value)
		if e.Name == bucket.SchemaKey && err == nil {
			_, err = bucket.ParseSchema(e.Value)
		}
		if k.Value = value; err != nil {
			k.Problem, k.Value = err.Error(), nil
			shown = "left out: " + k.Problem
		}
		keys = append(keys, k)
		table.add(e.Name, shown, e.Time.Local().Format(time.DateTime))
	}
	if o.output == outputJSON {
		return printJSON(cmd.OutOrStdout(), keys)
	}
	if err := table.write(cmd.OutOrStdout(), terminalWidth(cmd.OutOrStdout())); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "\n%s\n", count(len(keys), "key", "keys"))
	return err
}
