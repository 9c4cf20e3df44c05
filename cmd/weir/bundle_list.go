package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/bundle"
)

// listedBundle is one version in the list.
type listedBundle struct {
	Name     string    `json:"name"`
	Revision uint64    `json:"revision"`
	Current  bool      `json:"current"`
	Pushed   time.Time `json:"pushed"`
	Removed  bool      `json:"removed,omitempty"`
	Label    string    `json:"label,omitempty"`
	Author   string    `json:"author,omitempty"`
	Files    int       `json:"files,omitempty"`
	Bytes    int       `json:"bytes,omitempty"`
	Digest   string    `json:"digest,omitempty"`
	Verified bool      `json:"verified"`
	KeyID    string    `json:"key_id,omitempty"`
	// Problem says why detectors with the same keys refuse it.
	Problem string `json:"problem,omitempty"`
}

func (o *bundleOptions) list(cmd *cobra.Command, conn *bus.Conn) error {
	keys, err := bundle.ReadKeys(o.keys)
	if err != nil {
		return err
	}
	trust := bundle.Trust{Keys: keys, AllowUnsigned: len(keys) == 0}
	names, err := conn.BundleNames(cmd.Context())
	if err != nil {
		return err
	}
	versions := []listedBundle{}
	for _, name := range names {
		history, err := conn.BundleHistory(cmd.Context(), name)
		if err != nil {
			return err
		}
		for i, stored := range history {
			versions = append(versions, describeBundle(stored, i == len(history)-1, trust))
		}
	}
	if o.output == outputJSON {
		return printJSON(cmd.OutOrStdout(), versions)
	}
	return tableOfBundles(cmd.OutOrStdout(), versions)
}

// describeBundle opens a version as far as that is possible.
func describeBundle(s bus.StoredBundle, current bool, trust bundle.Trust) listedBundle {
	l := listedBundle{
		Name: s.Name, Revision: s.Revision, Current: current, Pushed: s.Time, Removed: s.Removed, Bytes: len(s.Data),
	}
	if s.Removed {
		return l
	}
	l.Digest = digestOf(s.Data)
	b, err := bundle.Open(s.Data, trust)
	if err != nil {
		l.Problem = err.Error()
		return l
	}
	l.Label, l.Author, l.Files, l.Verified, l.KeyID = b.Label, b.Author, b.Count, b.Signed, b.KeyID
	return l
}

// tableOfBundles writes the versions for people. Texts are their authors'.
func tableOfBundles(w io.Writer, versions []listedBundle) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tREVISION\tPUSHED\tLABEL\tFILES\tSIZE\tAUTHOR\tSIGNATURE")
	bundles := 0
	for _, v := range versions {
		state := v.signature()
		if v.Current && !v.Removed {
			state += ", current"
			bundles++
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%d\t%s\t%s\t%s\n", event.Printable(v.Name), v.Revision,
			v.Pushed.Local().Format(time.DateTime), event.Printable(v.Label), v.Files, humanize.IBytes(uint64(v.Bytes)),
			event.Printable(v.Author), event.Printable(state))
	}
	fmt.Fprintf(table, "\n%s\n", count(bundles, "bundle", "bundles"))
	return table.Flush()
}

// signature says in words what is known of a version's signature.
func (l listedBundle) signature() string {
	switch {
	case l.Removed:
		return "removed"
	case l.Problem != "":
		return l.Problem
	case l.Verified:
		return "verified, key " + l.KeyID
	case l.KeyID != "":
		return "not verified, key " + l.KeyID
	default:
		return "none"
	}
}
