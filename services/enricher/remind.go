package enricher

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/ledger"
)

// Remind implements stage.Reminder: for each node and partition of which the
// stream has given up the last message, a message without events tells how many
// there were.
func (h *handler) Remind(first, last uint64) []stage.Output {
	var out []stage.Output
	for _, n := range h.nodes {
		for _, p := range slices.Sorted(maps.Keys(n.numbers)) {
			if n.marks[p] == nil {
				n.marks[p] = new(ledger.Mark)
			}
			if !n.marks[p].Due(n.numbers[p], first, last) {
				continue
			}
			message, err := h.reminder(n, p, last)
			if err != nil {
				h.log.Error("cannot tell again how many events there were", slog.Any("error", err))
				continue
			}
			out = append(out, message)
		}
	}
	return out
}

// reminder is the message for one partition, made when the stream had messages
// up to last.
func (h *handler) reminder(n *node, partition int, last uint64) (stage.Output, error) {
	numbers := n.numbers[partition]
	env := &eventpb.Envelope{
		Node: n.name.node, BootId: n.name.id, MinTime: n.watermark, MaxTime: n.watermark,
		Stamps: []*eventpb.Stamp{{Stage: stageName, Instance: h.instance, In: h.now().UnixNano(), Out: h.now().UnixNano()}},
	}
	numbers.Tell(env)
	data, err := h.split.encoder.Encode(nil, env, nil)
	if err != nil {
		return stage.Output{}, fmt.Errorf("encode events: %w", err)
	}
	return stage.Output{
		Subject: h.cfg.Subject(partition, env.Node),
		ID:      fmt.Sprintf("%s/%s/%d/%d/%d+%d", env.Node, env.BootId, partition, env.Run, env.EventsBefore, last),
		Data:    data, ContentType: "application/x-protobuf", Header: header(env),
	}, nil
}
