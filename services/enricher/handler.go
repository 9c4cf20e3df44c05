package enricher

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/ledger"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/enricher/dnswire"
	"github.com/weirsec/weir/services/enricher/redact"
)

// hookPackets is where events of packets are made.
const hookPackets = "cgroup_skb"

// byRuntime is the hook of what container runtimes tell.
const byRuntime = "runtime"

// handler enriches the messages of one partition.
type handler struct {
	*Enricher
	nodes    map[boot]*node
	messages uint64

	decoder record.Decoder
	batches batch.Decoder
	events  []event.Event
	adopter adopter
	// told are those of the events that a container runtime tells.
	told    []event.Event
	waiting waiting
	split   splitter
	books   *ledger.Books
	// since is from when on runs were read from their beginning, in Unix nanoseconds.
	since int64

	// What the last message became: a message is only ever delivered again
	// before the next one, and must become the same then.
	lastID      string
	lastSeq     uint64
	lastOutputs []stage.Output
}

func newHandler(e *Enricher) *handler {
	return &handler{Enricher: e, nodes: make(map[boot]*node), split: newSplitter(&e.cfg), books: ledger.NewBooks(maxAccounts)}
}

// Handle turns one message of WEIR_RAW into the messages of WEIR_EVENTS.
func (h *handler) Handle(ctx context.Context, in stage.Message) ([]stage.Output, error) {
	if in.ID != "" && in.ID == h.lastID && in.StreamSeq == h.lastSeq {
		return h.lastOutputs, nil
	}
	raw, err := record.Unmarshal(in.Data)
	imported := err == nil && raw.Envelope.Schema == record.SchemaEvents
	if imported {
		err = h.imported(raw)
	}
	if err != nil {
		if !in.Replayed {
			h.metrics.message(ctx)
		}
		return nil, stage.Permanent(fmt.Errorf("enricher: %w", err))
	}
	var t tally
	n, forgotten := h.node(raw.Envelope, &t)
	if forgotten != nil {
		// How far it was read nobody knows any more.
		h.since = max(h.since, in.Arrival().Stored)
	}
	env := envelope(raw.Envelope)
	if !imported {
		h.decode(ctx, raw, env, &t)
	}
	account := h.read(n, in, raw.Envelope, env)
	if err := h.enrich(n, env, imported, &t); err != nil {
		return nil, stage.Permanent(fmt.Errorf("enricher: %w", err))
	}
	env.Stamps = append(env.Stamps, &eventpb.Stamp{
		Stage: stageName, Instance: h.instance, In: in.Received.UnixNano(), Out: h.now().UnixNano(),
	})
	id := in.ID
	if id == "" {
		id = raw.Envelope.Node + "/" + raw.Envelope.BootId + "/" + strconv.FormatUint(raw.Envelope.FirstSeq, 10)
	}
	run, at := in.Begins()
	h.split.number(n, run, at)
	outputs, err := h.split.outputs(id, env, n.host, &t)
	next, written := h.split.numbers, h.split.written
	if err == nil && forgotten != nil {
		var more []stage.Output
		more, err = h.leave(id, forgotten, &t)
		of := h.books.Of(forgotten.name.node)
		of.Published += h.split.written
		of.Held -= h.split.written
		outputs = append(outputs, more...)
	}
	if err != nil {
		return nil, stage.Permanent(fmt.Errorf("enricher: %w", err))
	}
	n.numbers = next
	account.Published += written
	account.Held += uint64(t.held)
	for reason, count := range t.released {
		if reason != releasedNode {
			account.Held -= uint64(count)
		}
	}
	n.advance(&t)
	if !in.Replayed {
		h.metrics.add(ctx, t)
	}
	h.lastID, h.lastSeq, h.lastOutputs = in.ID, in.StreamSeq, outputs
	return outputs, nil
}

// node returns the state of the envelope's node. Where there are too many, the
// one that was not heard of for longest is forgotten, and returned too.
func (h *handler) node(env *eventpb.Envelope, t *tally) (n, forgotten *node) {
	h.messages++
	n = h.nodes[boot{env.Node, env.BootId}]
	if n != nil {
		n.used = h.messages
	}
	if forgotten = h.room(n != nil); forgotten != nil {
		delete(h.nodes, forgotten.name)
		t.nodes++
	}
	if n == nil {
		n = newNode(&h.cfg, boot{strings.Clone(env.Node), strings.Clone(env.BootId)})
		n.used = h.messages
		h.nodes[n.name] = n
	}
	return n, forgotten
}

// envelope copies what stays the same on the way.
func envelope(raw *eventpb.Envelope) *eventpb.Envelope {
	return &eventpb.Envelope{
		Node: raw.Node, BootId: raw.BootId, FirstSeq: raw.FirstSeq, BootTime: raw.BootTime,
		MinTime: raw.MinTime, MaxTime: raw.MaxTime,
		Stamps: slices.Clone(raw.Stamps), Losses: slices.Clone(raw.Losses),
	}
}

// decode fills h.events with the message's, in order of kernel time: the rings
// of a node are read one after the other. What cannot be decoded is a loss.
func (h *handler) decode(ctx context.Context, raw *eventpb.RawBatch, env *eventpb.Envelope, t *tally) {
	h.events, h.told = h.events[:0], h.told[:0]
	h.decoder.Reset(raw.Envelope)
	var broken error
	seq := raw.Envelope.FirstSeq
	for rec, err := range record.Records(raw.Records) {
		if err != nil {
			broken = err
			break
		}
		h.events = append(h.events, event.Event{})
		if err := h.decoder.Decode(rec, seq, &h.events[len(h.events)-1]); err != nil {
			h.events = h.events[:len(h.events)-1]
			t.records++
			broken = err
		} else if last := &h.events[len(h.events)-1]; last.Hook == byRuntime {
			h.told = append(h.told, *last)
		}
		seq++
	}
	// The rest of a message whose framing is broken cannot be told apart.
	if missing := int64(raw.Envelope.Count) - int64(seq-raw.Envelope.FirstSeq); missing > 0 {
		t.framing = missing
	} else if broken != nil && t.records == 0 {
		t.framing = 1
	}
	if lost := t.records + t.framing; lost > 0 {
		env.Losses = append(env.Losses, &eventpb.Loss{
			Stage: stageName, Reason: "decode", Count: uint64(lost),
			FirstTime: raw.Envelope.MinTime, LastTime: raw.Envelope.MaxTime,
		})
		h.log.WarnContext(ctx, "records could not be decoded",
			slog.String("node", raw.Envelope.Node), slog.Int64("records", lost), slog.Any("error", broken))
	}
	if !slices.IsSortedFunc(h.events, byTime) {
		slices.SortFunc(h.events, byTime)
	}
}

func byTime(a, b event.Event) int {
	if a.Time != b.Time {
		return cmp.Compare(a.Time, b.Time)
	}
	return cmp.Compare(a.Seq, b.Seq)
}

// enrich fills in the events and puts each where it belongs, or holds it.
func (h *handler) enrich(n *node, env *eventpb.Envelope, imported bool, t *tally) error {
	h.split.reset(h.events)
	h.adopter.reset()
	h.waiting.reset()
	clock := max(n.watermark, env.MaxTime)
	for i := range h.events {
		clock = max(clock, h.events[i].Time)
		if !h.cfg.KeepSecrets {
			mask(&h.events[i])
		}
	}
	for i := range h.told {
		n.containers.Foresee(&h.told[i])
	}
	if err := h.release(n, clock, t); err != nil {
		return err
	}
	before := n.watermark
	for i := range h.events {
		e := &h.events[i]
		if e.Time < before {
			t.late++
		}
		n.watermark = max(n.watermark, e.Time)
		if e.Hook == hookPackets && !dnswire.Complete(e) {
			t.malformed++
		}
		if imported {
			container := h.adopter.adopt(n, e)
			n.resolve(e)
			h.split.put(i, n.host, container)
			continue
		}
		in := n.enrich(e)
		n.resolve(e)
		if h.waits(n, e, in, clock) {
			h.waiting.add(in.id, e)
			h.split.hold()
			continue
		}
		h.split.put(i, n.host, in.id)
	}
	t.events = int64(len(h.events))
	return h.keep(n, env, t)
}

// mask masks the secrets in an event's lists of arguments and variables, and in
// labels.
func mask(e *event.Event) {
	for i := range e.Values {
		kind := e.Values[i].Kind()
		if kind != event.KindStrings && kind != event.KindMap {
			continue
		}
		list := e.Values[i].List()
		if i >= len(e.Shape.Args) || len(list) == 0 {
			continue
		}
		var masked []string
		switch e.Shape.Args[i].Name {
		case "argv":
			masked = redact.Args(list)
		case "env", "envp":
			masked = redact.Env(list)
		case "labels", "pod_labels":
			if kind == event.KindMap {
				masked = redact.Labels(list)
			}
		}
		switch {
		case masked == nil || &masked[0] == &list[0]:
		case kind == event.KindMap:
			e.Values[i] = event.Map(masked...)
		default:
			e.Values[i] = event.Strings(masked)
		}
	}
}
