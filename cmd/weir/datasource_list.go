package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

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
	return &cobra.Command{
		Use:   "list",
		Short: "List the data sources that enrichers answer for",
		Example: `  weir datasource list
  weir datasource list --output json`,
		Args: cobra.NoArgs,
		RunE: o.with(o.list),
	}
}

func (o *datasourceOptions) list(cmd *cobra.Command, conn *bus.Conn, _ []string) error {
	served, err := conn.DataSources(cmd.Context())
	if err != nil {
		return err
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
