package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/schemas/lookup"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// answerTimeout is how long an answer may take.
const answerTimeout = 5 * time.Second

// getOptions say what "weir datasource get" looks up.
type getOptions struct {
	node, boot, at  string
	entity          uint32
	pid             int32
	thread, lineage bool
	depth           int
	container       string
	netNS           uint32
}

func (o *datasourceOptions) newGet() *cobra.Command {
	g := &o.get
	cmd := &cobra.Command{
		Use:   "get SOURCE [KEY]",
		Short: "Ask a data source about a node",
		Long: `Ask a data source about a node, now or at an earlier time. The sources are
containers (KEY is a container's id), process_tree (--pid or --entity) and dns
(KEY is a name or an address; --container or --net-ns says who was told).

The exit code is 3 where the source does not know the key.`,
		Example: `  weir datasource get process_tree --pid 4242
  weir datasource get tracee/process_tree --node web-1 --pid 4242 --lineage --time 10m
  weir datasource get tracee/containers 3f2a8c1d9e07 --node web-1
  weir datasource get tracee/dns 203.0.113.9 --node web-1 --container 3f2a8c1d9e07 --output json`,
		Args: cobra.RangeArgs(1, 2),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		// What cannot be asked is known before there is a connection.
		q, err := g.question(args, time.Now(), os.Hostname)
		if err != nil {
			return &run.ExitError{Code: run.ExitUsage, Err: err}
		}
		return o.with(func(cmd *cobra.Command, conn *bus.Conn, _ []string) error { return o.ask(cmd, conn, q) })(cmd, args)
	}
	flags := cmd.Flags()
	flags.StringVar(&g.node, "node", "", "the machine that is asked about (default: this one)")
	flags.StringVar(&g.boot, "boot", "", "its boot id (default: the one that was heard of last)")
	flags.StringVar(&g.at, "time", "", "as of that time, such as 2026-01-31T08:30:00Z, or so long ago, such as 10m (default: now)")
	flags.Uint32Var(&g.entity, "entity", 0, "entity id of the process or thread")
	flags.Int32Var(&g.pid, "pid", 0, "id of the process or thread on the node")
	flags.BoolVar(&g.thread, "thread", false, "the thread, not the process")
	flags.BoolVar(&g.lineage, "lineage", false, "the process with its ancestors")
	flags.IntVar(&g.depth, "depth", 8, "how many ancestors at most, with --lineage")
	flags.StringVar(&g.container, "container", "", "id of the container that was told a name")
	flags.Uint32Var(&g.netNS, "net-ns", 0, "inode of the network namespace that was told a name, outside of containers")
	return cmd
}

// question makes the request of arguments and flags.
func (g *getOptions) question(args []string, now time.Time, host func() (string, error)) (lookup.Request, error) {
	q := lookup.Request{Namespace: datasource.Namespace, ID: args[0], Node: g.node, Boot: g.boot}
	if namespace, id, ok := strings.Cut(args[0], "/"); ok {
		q.Namespace, q.ID = namespace, id
	}
	var err error
	if q.Node == "" {
		if q.Node, err = host(); err != nil {
			return q, fmt.Errorf("name the machine with --node: %w", err)
		}
	}
	if q.Time, err = moment(g.at, now); err != nil {
		return q, err
	}
	if len(args) > 1 {
		q.Key.Text = args[1]
	}
	q.Key.Container, q.Key.NetNS, q.Key.Entity, q.Key.PID = g.container, g.netNS, g.entity, g.pid
	switch {
	case g.thread && g.lineage:
		return q, errors.New("--thread and --lineage: choose one")
	case g.thread:
		q.Key.Kind = lookup.KindThread
	case g.lineage:
		q.Key.Kind, q.Key.Depth = lookup.KindLineage, g.depth
	}
	switch q.ID {
	case datasource.ProcessTree:
		if (g.entity == 0) == (g.pid == 0) {
			return q, errors.New("process_tree needs --pid or --entity, not both")
		}
	case datasource.Containers, datasource.DNS:
		if q.Key.Text == "" {
			return q, fmt.Errorf("%s needs a KEY: see --help", q.ID)
		}
	}
	if _, err := q.Encode(); err != nil {
		return q, err
	}
	return q, nil
}

// moment reads a time, or how long ago it was; the zero time where there is none.
func moment(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago).UTC(), nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("--time is %q: want a time such as 2026-01-31T08:30:00Z, or how long ago, such as 10m", text)
	}
	return at.UTC(), nil
}

// ask asks and shows the answer.
func (o *datasourceOptions) ask(cmd *cobra.Command, conn *bus.Conn, q lookup.Request) error {
	ctx, cancel := context.WithTimeout(cmd.Context(), answerTimeout)
	defer cancel()
	partitions, err := conn.Partitions(ctx, bus.StreamRaw)
	if err != nil {
		return err
	}
	text, err := q.Encode()
	if err != nil {
		return err
	}
	answer, err := conn.AskDataSource(ctx, partitions, q.Namespace, q.ID, q.Node, text)
	var refused *lookup.Error
	if errors.As(err, &refused) && refused.Code == lookup.CodeNotFound {
		return &run.ExitError{Code: exitNotFound, Err: err}
	}
	if err != nil {
		return err
	}
	reply, err := lookup.ParseReply(answer)
	if err != nil {
		return err
	}
	if o.output == outputJSON {
		return printJSON(cmd.OutOrStdout(), reply)
	}
	return showReply(cmd.OutOrStdout(), reply)
}
