package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/embed"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/collector/live"
	"github.com/weirsec/weir/services/collector/privilege"
	"github.com/weirsec/weir/services/detector/bucket"
	"github.com/weirsec/weir/services/detector/bundle"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/detector/outside"
)

// runOptions are the settings of "weir run".
type runOptions struct {
	flags      run.Flags
	source     eventSource
	selection  load.Request
	trusted    bundle.Flags
	buckets    bucket.Flags
	output     outputForm
	dataDir    string
	listen     string
	machine    live.Config
	spool      live.Spool
	partitions int
	maxStore   byteSize
}

// newRun returns "weir run".
func newRun() *cobra.Command {
	o := &runOptions{output: outputHuman, maxStore: 4 << 30, source: sourceKernel}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Watch this machine: all services in one process (needs root, or CAP_BPF and CAP_PERFMON)",
		Long: `Watch this machine: collector, enricher, detector and notifier in one process
around an embedded NATS server. Findings appear here and on the subject
weir.findings.<severity>.<signature>; messages for people go to standard error.

With --source tracee:FILE, or tracee:- for standard input, the events are those
of a Tracee, one a line of JSON, instead of this kernel's. That needs no root,
and ends with them.

Directories with signatures are watched and loaded again when they change, and
on SIGHUP; bundles of signatures come with "weir signature push".`,
		Example: `  sudo weir run
  sudo weir run --signatures ./my-signatures --listen 127.0.0.1:4222
  sudo weir run --output json
  sudo weir run --datasource kv://allowed --listen 127.0.0.1:4222
  tracee --output json | weir run --source tracee:-`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), cmd) },
	}
	o.flags.Register(cmd.Flags())
	o.selection.Register(cmd.Flags())
	o.trusted.Register(cmd.Flags())
	o.buckets.Register(cmd.Flags())
	cmd.Flags().VarP(&o.output, "output", "o", "how findings are shown")
	cmd.Flags().Var(&o.source, "source", "where events come from: kernel, tracee:FILE or tracee:-")
	cmd.Flags().StringVar(&o.dataDir, "data-dir", "", "directory for streams and state (default: systemd's or XDG's state directory)")
	cmd.Flags().StringVar(&o.listen, "listen", "", "address to open NATS at for subscribers, such as 127.0.0.1:4222")
	o.machine.Register(cmd.Flags())
	o.spool.Register(cmd.Flags(), 0, "spool in the data directory")
	cmd.Flags().IntVar(&o.partitions, "partitions", 16, "partitions of the streams; fixed once they exist")
	cmd.Flags().Var(&o.maxStore, "max-store", "most disk space for streams")
	return cmd
}

// run starts everything, waits for the end and stops in order.
func (o *runOptions) run(ctx context.Context, cmd *cobra.Command) (err error) {
	defer func() { err = run.Stopped(ctx, err) }()
	frame, err := o.flags.Open(ctx, cmd, "weir")
	if err != nil {
		return err
	}
	// What is flushed at the end must not fail because the run was cancelled.
	end := context.WithoutCancel(ctx)
	defer frame.Close(end)
	defer frame.LimitMemory(ctx, 0, os.Getenv)()
	if o.dataDir == "" {
		if o.dataDir, err = run.StateDir("data-dir", os.Getenv, os.UserHomeDir); err != nil {
			return err
		}
	}
	if o.spool.Dir == "" {
		o.spool.Dir = filepath.Join(o.dataDir, "spool")
	}
	o.selection.Logger = frame.Logger
	datasources, err := outside.Open(&o.buckets, frame.Settings(stageDetector))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, datasources.Close()) }()
	o.selection.Sources, o.selection.Misses = datasources.Sources(), datasources.Misses()
	sources, err := checkSources(ctx, o.selection, o.trusted)
	if err != nil {
		return err
	}
	defer sources.close(end, frame.Logger)
	source, err := o.openSource(ctx, cmd, frame)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.close()) }()
	broker, err := openBroker(ctx, frame, embed.Config{
		Dir: o.dataDir, Listen: o.listen, MaxBytes: int64(o.maxStore),
	}, o.partitions)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, broker.close(end)) }()
	if err := sources.open(ctx, frame, broker.conn, cmd.ErrOrStderr()); err != nil {
		return err
	}
	set := sources.set
	p, err := newPipeline(frame, broker.conn, o.partitions, set, frame.Telemetry.Spans, o.output.console(cmd.OutOrStdout()), datasources)
	if err != nil {
		return err
	}
	defer p.close(end, frame.Logger)
	if err := p.interest(ctx, set.Interest()); err != nil {
		return err
	}
	// All of it ends when there are no more events.
	ctx, over := context.WithCancel(ctx)
	defer over()
	components, err := source.start(ctx, broker.conn, set.Interest(), over)
	if err != nil {
		return err
	}
	rights, err := source.confine(o)
	if err != nil {
		return err
	}
	printBanner(cmd.ErrOrStderr(), bannerFacts{
		set: set, attachments: source.attachments(), source: source.what(), dataDir: o.dataDir,
		natsURL: broker.server.URL(), http: frame.HTTP, privileges: rights, notes: source.notes(),
	})
	setCollectorHealth(frame.Health, source.attachments())
	components = append(components, sources.components(p)...)
	components = append(append(components, p.components()...), watchStorage(frame, broker.conn, o.dataDir))
	group := run.Group{Logger: frame.Logger}
	return group.Run(ctx, append(components, frame.Components()...)...)
}

// confine gives up the rights that are not needed any more, by any part: the
// broker goes on to write to its directory, and signatures are loaded again.
func (o *runOptions) confine(machine *live.Machine) (privilege.Dropped, error) {
	dirs := []string{o.dataDir}
	if o.spool.Bytes > 0 {
		dirs = append(dirs, o.spool.Dir)
	}
	state, err := privilege.ForWriting(dirs...)
	if err != nil {
		return privilege.Dropped{}, err
	}
	signatures, err := privilege.ForReading(o.selection.Dirs...)
	if err != nil {
		return privilege.Dropped{}, err
	}
	return machine.Confine(append(state, signatures...)...)
}

// watchInterest keeps the kernel programs to what detectors want.
func watchInterest(conn *bus.Conn, machine *live.Machine) run.Component {
	return run.Component{Name: "interest", Run: func(ctx context.Context) error {
		return conn.WatchInterest(ctx, func(wanted interest.Interest) { machine.SetInterest(ctx, wanted) })
	}}
}

// watchStorage tells of a full disk.
func watchStorage(frame *run.Frame, conn *bus.Conn, dir string) run.Component {
	s := &storage{
		dir: dir, log: frame.Logger, health: frame.Health, period: storagePeriod, patience: storagePatience,
		free: func() (int64, error) { return freeBytes(dir) },
		stored: func(ctx context.Context) (uint64, error) {
			usage, err := conn.Usage(ctx, bus.StreamRaw)
			return usage.LastSeq, err
		},
	}
	return run.Component{Name: "storage", Run: s.watch}
}

// setCollectorHealth says whether every event can be observed here.
func setCollectorHealth(health *run.Health, attachments []bpf.Attachment) {
	var refused []string
	for _, a := range attachments {
		if !a.Attached && a.Reason != "" {
			refused = append(refused, a.Event)
		}
	}
	if len(refused) == 0 {
		health.Set(stageCollector, run.StatusReady, "")
		return
	}
	health.Set(stageCollector, run.StatusDegraded, "not attached: "+strings.Join(refused, ", "))
}
