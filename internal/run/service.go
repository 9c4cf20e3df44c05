package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
)

// closeTimeout bounds how long flushing may take at the end.
const closeTimeout = 10 * time.Second

// Service is the main of a program that runs one service against a broker
// elsewhere.
type Service struct {
	// Name is the program's name and its service.name, "weir-detector".
	Name string
	// Needs is the stream without which the service can do nothing. Where it is
	// missing all streams are made.
	Needs string
	// Slack is how much garbage may lie, in bytes, beside as much as there is memory
	// in use; 0 means no more than that.
	Slack int
	// Inbox returns where replies go, once the flags are read; nil means the
	// place of the name's kind.
	Inbox func() (string, error)

	flags      Flags
	bus        bus.Config
	partitions int
}

// Free gives back what a Wire opened.
type Free func(ctx context.Context)

// Wire makes a service's components once its frame and connection are open.
// What it returns to free what it opened may be nil; it counts with an error
// too.
type Wire func(ctx context.Context, frame *Frame, conn *bus.Conn, partitions int) ([]Component, Free, error)

// LateWire is a Wire for what works without a connection, too. The broker may not
// be there yet.
type LateWire func(ctx context.Context, frame *Frame, broker *Broker) ([]Component, Free, error)

// Command returns the program's command with the flags that all services have
// and those that register, which may be nil, adds.
func (s *Service) Command(short string, register func(*pflag.FlagSet), wire Wire) *cobra.Command {
	cmd := &cobra.Command{
		Use: s.Name, Short: short, Version: Version(), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.Run(cmd.Context(), cmd, wire) },
	}
	cmd.SetVersionTemplate(VersionLine(s.Name) + "\n")
	s.flags.Register(cmd.Flags())
	s.bus.InboxPrefix = bus.Inbox(strings.TrimPrefix(s.Name, "weir-"), "")
	RegisterBus(cmd.Flags(), &s.bus)
	cmd.Flags().IntVar(&s.partitions, "partitions", 16, "partitions of the streams, where they do not exist yet")
	if register != nil {
		register(cmd.Flags())
	}
	return cmd
}

// Files returns the files that the connection may read again whenever it is
// made anew.
func (s *Service) Files() []string {
	all := []string{
		s.bus.CredsFile, s.bus.NKeyFile, s.bus.PasswordFile, s.bus.TokenFile, s.bus.TLSCert, s.bus.TLSKey, s.bus.TLSCA,
	}
	return slices.DeleteFunc(all, func(path string) bool { return path == "" })
}

// Run connects, waiting for a broker that does not answer, makes the streams
// where there are none, and runs the components until ctx ends.
func (s *Service) Run(ctx context.Context, cmd *cobra.Command, wire Wire) error {
	return s.run(ctx, cmd, func(ctx context.Context, frame *Frame, broker *Broker) ([]Component, Free, error) {
		frame.Health.Set("nats", StatusNotReady, "not connected to NATS yet")
		err := broker.try(ctx)
		if bus.Away(err) && ctx.Err() == nil {
			frame.Health.Set("nats", StatusNotReady, broker.Trouble())
			frame.Logger.LogAttrs(ctx, slog.LevelWarn, "NATS does not answer: waiting for it", slog.Any("error", err))
			err = broker.run(ctx)
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, nil, err
		}
		return wire(ctx, frame, broker.conn, s.partitions)
	})
}

// RunLate is Run for a program that has something to do without a broker. What a
// broker refuses is an error all the same, also where that comes about later.
func (s *Service) RunLate(ctx context.Context, cmd *cobra.Command, wire LateWire) error {
	return s.run(ctx, cmd, func(ctx context.Context, frame *Frame, broker *Broker) ([]Component, Free, error) {
		err := broker.try(ctx)
		switch {
		case bus.Away(err) && ctx.Err() == nil:
			frame.Logger.LogAttrs(ctx, slog.LevelWarn, "NATS does not answer: starting without it", slog.Any("error", err))
		case err != nil:
			return nil, nil, err
		}
		components, free, err := wire(ctx, frame, broker)
		return append(components, Component{Name: "broker", Run: broker.run}), free, err
	})
}

func (s *Service) run(ctx context.Context, cmd *cobra.Command, wire LateWire) (err error) {
	defer func() { err = Stopped(ctx, err) }()
	untouched, release := keepSlack(s.Slack, os.Getenv)
	defer release()
	frame, err := s.flags.Open(ctx, cmd, s.Name)
	if err != nil {
		return err
	}
	end, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer frame.Close(end)
	defer frame.LimitMemory(ctx, untouched, os.Getenv)()
	frame.Health.Set(s.Name, StatusNotReady, "starting")
	frame.serve()
	s.bus.Name = s.Name + "/" + frame.Instance
	if s.Inbox != nil && !cmd.Flags().Changed("nats-inbox-prefix") {
		if s.bus.InboxPrefix, err = s.Inbox(); err != nil {
			return err
		}
	}
	settings, asked := frame.Settings("bus"), cmd.Flags().Changed("partitions")
	broker := newBroker(frame.Logger, func(ctx context.Context) (*bus.Conn, error) { return s.open(ctx, settings, asked) })
	limited := func(do func(context.Context) error) error {
		ctx, cancel := context.WithTimeout(end, closeTimeout)
		defer cancel()
		return do(ctx)
	}
	defer func() { err = errors.Join(err, limited(broker.close)) }()
	components, free, err := wire(ctx, frame, broker)
	if free != nil {
		defer func() { _ = limited(func(ctx context.Context) error { free(ctx); return nil }) }()
	}
	if err != nil {
		return err
	}
	frame.Health.Ask("nats", broker.Trouble)
	frame.Health.Set(s.Name, StatusReady, "")
	frame.Logger.LogAttrs(ctx, slog.LevelInfo, "ready", slog.String("service", s.Name), slog.String("version", Version()))
	group := Group{Logger: frame.Logger}
	return group.Run(ctx, append(components, frame.Components()...)...)
}

// open connects and makes what is missing.
func (s *Service) open(ctx context.Context, settings stage.Settings, asked bool) (*bus.Conn, error) {
	conn, err := bus.Connect(ctx, s.bus, bus.WithLogger(settings.Logger), bus.WithMeter(settings.Meter))
	if err != nil {
		return nil, err
	}
	if err := s.provision(ctx, conn, asked); err != nil {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		return nil, errors.Join(err, conn.Close(limited))
	}
	return conn, nil
}

// provision makes streams and buckets where there are none. Those that exist
// stay as the operator made them, and say how many partitions there are.
func (s *Service) provision(ctx context.Context, conn *bus.Conn, asked bool) error {
	partitions, err := conn.Partitions(ctx, s.Needs)
	if errors.Is(err, bus.ErrNoStream) {
		if err = conn.Provision(ctx, bus.Layout{Partitions: s.partitions}); errors.Is(err, bus.ErrDenied) {
			return fmt.Errorf("nothing was provisioned here, which these credentials may not do: "+
				"run \"weir nats provision\" with others: %w", err)
		}
		return err
	}
	if err != nil || partitions == 0 {
		return err
	}
	if asked && partitions != s.partitions {
		return fmt.Errorf("%w: %s has %d, --partitions says %d: leave it out", bus.ErrPartitions, s.Needs, partitions, s.partitions)
	}
	s.partitions = partitions
	return nil
}
