package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/bus"
)

// listedSource is one data source in the list.
type listedSource struct {
	Namespace string   `json:"namespace"`
	ID        string   `json:"id"`
	Version   uint     `json:"version"`
	Keys      []string `json:"keys"`
	// Schema is what the source says of its results, a JSON object.
	Schema    string           `json:"schema"`
	Instances []sourceInstance `json:"instances"`
}

// sourceInstance is one process that answers.
type sourceInstance struct {
	Instance   string `json:"instance"`
	Partitions []int  `json:"partitions"`
}

func (o *datasourceOptions) newList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the data sources that enrichers answer for",
		Long: `List the data sources that enrichers answer for. All partitions are waited for;
those that have not answered are named.`,
		Example: `  weir datasource list
  weir datasource list --output json`,
		Args: cobra.NoArgs,
		RunE: o.with(o.list),
	}
	cmd.Flags().DurationVar(&o.patience, "wait", 2*time.Second, "how long no answer may come while partitions are missing")
	return cmd
}

func (o *datasourceOptions) list(cmd *cobra.Command, conn *bus.Conn, _ []string) error {
	if o.patience <= 0 {
		return fmt.Errorf("--wait is %s: want a time above 0", o.patience)
	}
	// Who may not look at the stream, or has none, does not know what is missing.
	partitions, err := conn.Partitions(cmd.Context(), bus.StreamRaw)
	if err != nil && !errors.Is(err, bus.ErrNoStream) && !errors.Is(err, bus.ErrDenied) {
		return err
	}
	served, err := conn.DataSources(cmd.Context(), partitions, o.patience)
	if err != nil {
		return err
	}
	if silent := silentPartitions(served, partitions); len(served) > 0 && len(silent) > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s of %d did not answer within %s: %s; --wait waits longer\n",
			count(len(silent), "partition", "partitions"), partitions, o.patience, strings.Join(silent, ", "))
	}
	sources := groupSources(served)
	if o.output == outputJSON {
		return printJSON(cmd.OutOrStdout(), sources)
	}
	if len(sources) == 0 {
		return errors.New("nobody answers: no enricher is running, or it owns no partition yet")
	}
	table := fittedTable{shrink: []int{2, 3}}
	table.add("SOURCE", "VERSION", "KEYS", "INSTANCES", "PARTITIONS")
	for _, s := range sources {
		var names []string
		n := 0
		for _, i := range s.Instances {
			names = append(names, i.Instance)
			n += len(i.Partitions)
		}
		table.add(s.Namespace+"/"+s.ID, fmt.Sprint(s.Version), strings.Join(s.Keys, ", "), strings.Join(names, ", "), fmt.Sprint(n))
	}
	return table.write(cmd.OutOrStdout(), terminalWidth(cmd.OutOrStdout()))
}

// silentPartitions returns those that nobody answered for.
func silentPartitions(served []bus.ServedDataSource, partitions int) []string {
	var silent []string
	for p := range partitions {
		if !slices.ContainsFunc(served, func(s bus.ServedDataSource) bool { return s.Partition == p }) {
			silent = append(silent, fmt.Sprint(p))
		}
	}
	return silent
}

// groupSources puts together what is told for each partition; the list is sorted
// by source already. Versions are kept apart.
func groupSources(served []bus.ServedDataSource) []listedSource {
	sources := []listedSource{}
	for _, e := range served {
		i := slices.IndexFunc(sources, func(s listedSource) bool {
			return s.Namespace == e.Namespace && s.ID == e.ID && s.Version == e.Version && s.Schema == e.Schema
		})
		if i < 0 {
			i = len(sources)
			sources = append(sources, listedSource{
				Namespace: e.Namespace, ID: e.ID, Version: e.Version, Keys: e.Keys, Schema: e.Schema,
			})
		}
		s := &sources[i]
		at := slices.IndexFunc(s.Instances, func(known sourceInstance) bool { return known.Instance == e.Instance })
		if at < 0 {
			at = len(s.Instances)
			s.Instances = append(s.Instances, sourceInstance{Instance: e.Instance})
		}
		s.Instances[at].Partitions = append(s.Instances[at].Partitions, e.Partition)
	}
	return sources
}
