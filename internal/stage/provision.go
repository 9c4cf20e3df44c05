package stage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/weirsec/weir/internal/bus"
)

// consumerConfig returns the durable consumer of a partition; cfg has its
// defaults.
func consumerConfig(cfg Config, partition int) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:       consumerName(cfg.Stage, partition),
		FilterSubject: cfg.Filter(partition),
		DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       cfg.AckWait,
		// Order: the next message comes when this one is done.
		MaxAckPending:  1,
		MaxDeliver:     -1,
		PriorityPolicy: jetstream.PriorityPolicyPinned,
		PinnedTTL:      cfg.PinnedTTL,
		PriorityGroups: []string{pinGroup},
	}
}

// consumerRequests are the subjects that finding or making a consumer may take.
func consumerRequests(stream, name string) []string {
	return []string{
		"$JS.API.CONSUMER.INFO." + stream + "." + name,
		"$JS.API.CONSUMER.CREATE." + stream + "." + name + ".>",
	}
}

// Provision makes the consumers of a stage, one a partition, or brings those
// that exist to the defaults, and tells what it did of each. With dry it tells
// what it would do. Stages that find their consumers need no right to make any.
// A stream that is missing counts as one without consumers.
func Provision(ctx context.Context, conn *bus.Conn, reader bus.Reader, partitions int, dry bool) ([]bus.Change, error) {
	cfg := Config{Stage: reader.Stage, Stream: reader.Stream, Filter: reader.Filter, Partitions: partitions}.withDefaults()
	var changes []bus.Change
	for p := range partitions {
		change, err := provisionOne(ctx, conn, cfg, p, dry)
		if err != nil {
			return changes, fmt.Errorf("consumer %s of %s: %w", consumerName(cfg.Stage, p), cfg.Stream, err)
		}
		changes = append(changes, change)
	}
	return changes, nil
}

func provisionOne(ctx context.Context, conn *bus.Conn, cfg Config, p int, dry bool) (bus.Change, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*requestTimeout)
	defer cancel()
	want := consumerConfig(cfg, p)
	change := bus.Change{Kind: "consumer", Name: cfg.Stream + "/" + want.Durable, Action: bus.ActionNone}
	ctx, judge := conn.Asking(ctx, consumerRequests(cfg.Stream, want.Durable)...)
	has, err := conn.JetStream().Consumer(ctx, cfg.Stream, want.Durable)
	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound), dry && errors.Is(err, jetstream.ErrStreamNotFound):
		change.Action, err = bus.ActionCreate, nil
	case err != nil:
		return change, judge(err)
	default:
		if change.Settings = differences(has.CachedInfo().Config, want); len(change.Settings) > 0 {
			change.Action = bus.ActionUpdate
		}
	}
	if change.Action != bus.ActionNone && !dry {
		_, err = conn.JetStream().CreateOrUpdateConsumer(ctx, cfg.Stream, want)
	}
	return change, judge(err)
}

// differences returns the settings of a consumer that are not as they should be.
func differences(has, want jetstream.ConsumerConfig) []bus.Setting {
	var all []bus.Setting
	add := func(name string, from, to any) {
		if a, b := fmt.Sprint(from), fmt.Sprint(to); a != b {
			all = append(all, bus.Setting{Name: name, From: a, To: b})
		}
	}
	add("filter_subject", has.FilterSubject, want.FilterSubject)
	add("deliver_policy", has.DeliverPolicy, want.DeliverPolicy)
	add("ack_policy", has.AckPolicy, want.AckPolicy)
	add("ack_wait", has.AckWait, want.AckWait)
	add("max_ack_pending", has.MaxAckPending, want.MaxAckPending)
	add("max_deliver", has.MaxDeliver, want.MaxDeliver)
	add("priority_policy", has.PriorityPolicy, want.PriorityPolicy)
	add("pinned_ttl", has.PinnedTTL, want.PinnedTTL)
	add("priority_groups", joined(has.PriorityGroups), joined(want.PriorityGroups))
	return all
}

func joined(groups []string) string { return strings.Join(slices.Sorted(slices.Values(groups)), " ") }
