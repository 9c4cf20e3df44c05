package main

import (
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/weirsec/weir/internal/bus"
)

// newNATS returns "weir nats" with its subcommands.
func newNATS() *cobra.Command {
	cmd := &cobra.Command{Use: "nats", Short: "Prepare a NATS server or cluster for Weir's services"}
	cmd.AddCommand(newNATSConfig(), newNATSProvision())
	return cmd
}

// layoutFlags say how large the streams are.
type layoutFlags struct {
	layout   bus.Layout
	maxStore byteSize
}

func (l *layoutFlags) register(flags *pflag.FlagSet) {
	l.maxStore = 4 << 30
	flags.IntVar(&l.layout.Partitions, "partitions", 16, "partitions of the streams; fixed once they exist")
	flags.IntVar(&l.layout.Replicas, "replicas", 1, "servers of the cluster that hold each message: 1, 3 or 5")
	flags.Var(&l.maxStore, "max-store", "disk space for all streams together, on each server that holds them")
}

// registerAges adds the flags for how long messages are kept.
func (l *layoutFlags) registerAges(flags *pflag.FlagSet) {
	const day = 24 * time.Hour
	age := func(field *time.Duration, name string, value time.Duration, what string) {
		flags.DurationVar(field, name, value, "how long "+what+" are kept")
	}
	age(&l.layout.RawAge, "raw-age", day, "the kernel's records")
	age(&l.layout.EventsAge, "events-age", 7*day, "enriched events")
	age(&l.layout.DetectionsAge, "detections-age", day, "detections")
	age(&l.layout.FindingsAge, "findings-age", 30*day, "findings")
	age(&l.layout.ShadowAge, "shadow-age", 7*day, "findings of signatures on trial")
	age(&l.layout.DLQAge, "dlq-age", 30*day, "messages that could not be handled")
}

// value returns the layout, checked.
func (l *layoutFlags) value() (bus.Layout, error) {
	l.layout.MaxBytes = int64(l.maxStore)
	if err := l.layout.Validate(); err != nil {
		return bus.Layout{}, usage(err)
	}
	return l.layout, nil
}
