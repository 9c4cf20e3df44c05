package bus

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// What provisioning does to a stream, a bucket or a consumer.
const (
	ActionCreate = "create"
	ActionUpdate = "update"
	ActionNone   = "none"
)

// Change is what provisioning does, or would do, to one thing.
type Change struct {
	// Kind is "stream", "bucket" or "consumer".
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Action string `json:"action"`
	// Settings are those that differ; none where the thing is created.
	Settings []Setting `json:"settings,omitempty"`
}

// Setting is one setting that is changed.
type Setting struct {
	Name string `json:"name"`
	From string `json:"from"`
	To   string `json:"to"`
}

// wanted is a stream as the layout has it, and the bucket that it holds, if any.
type wanted struct {
	stream jetstream.StreamConfig
	bucket *jetstream.KeyValueConfig
}

func (w wanted) kind() string {
	if w.bucket != nil {
		return "bucket"
	}
	return "stream"
}

func (w wanted) name() string {
	if w.bucket != nil {
		return w.bucket.Bucket
	}
	return w.stream.Name
}

func (w wanted) what() string { return w.kind() + " " + w.name() }

// plan is what is wanted and what there is, nil where there is nothing.
type plan struct {
	want wanted
	has  *jetstream.StreamInfo
}

func (p plan) change() Change {
	c := Change{Kind: p.want.kind(), Name: p.want.name(), Action: ActionNone}
	switch settings := p.differences(); {
	case p.has == nil:
		c.Action = ActionCreate
	case len(settings) > 0:
		c.Action, c.Settings = ActionUpdate, settings
	}
	return c
}

// differences returns the settings of an existing stream that are not as they
// should be. What the layout does not speak of is the operator's.
func (p plan) differences() []Setting {
	if p.has == nil {
		return nil
	}
	var all []Setting
	add := func(name string, from, to any) {
		if a, b := fmt.Sprint(from), fmt.Sprint(to); a != b {
			all = append(all, Setting{name, a, b})
		}
	}
	has, want := p.has.Config, p.want.stream
	add("storage", has.Storage, want.Storage)
	add("max_bytes", has.MaxBytes, want.MaxBytes)
	add("replicas", has.Replicas, want.Replicas)
	if p.want.bucket != nil {
		add("history", has.MaxMsgsPerSubject, want.MaxMsgsPerSubject)
		add("allow_msg_ttl", has.AllowMsgTTL, want.AllowMsgTTL)
		add("subject_delete_marker_ttl", has.SubjectDeleteMarkerTTL, want.SubjectDeleteMarkerTTL)
		return all
	}
	add("subjects", strings.Join(has.Subjects, " "), strings.Join(want.Subjects, " "))
	add("subject_transform", transform(has), transform(want))
	add("retention", has.Retention, want.Retention)
	add("discard", has.Discard, want.Discard)
	add("max_age", has.MaxAge, want.MaxAge)
	add("duplicate_window", has.Duplicates, want.Duplicates)
	add("allow_direct", has.AllowDirect, want.AllowDirect)
	for _, key := range slices.Sorted(maps.Keys(want.Metadata)) {
		add("metadata "+key, has.Metadata[key], want.Metadata[key])
	}
	return all
}

// merged returns the existing stream's configuration with the layout's settings.
func (p plan) merged() jetstream.StreamConfig {
	merged, want := p.has.Config, p.want.stream
	merged.Storage, merged.MaxBytes, merged.Replicas = want.Storage, want.MaxBytes, want.Replicas
	if p.want.bucket != nil {
		merged.MaxMsgsPerSubject, merged.AllowMsgTTL = want.MaxMsgsPerSubject, want.AllowMsgTTL
		merged.SubjectDeleteMarkerTTL = want.SubjectDeleteMarkerTTL
		return merged
	}
	merged.Subjects, merged.SubjectTransform = want.Subjects, want.SubjectTransform
	merged.Retention, merged.Discard, merged.MaxAge = want.Retention, want.Discard, want.MaxAge
	merged.Duplicates, merged.AllowDirect = want.Duplicates, want.AllowDirect
	merged.Metadata = maps.Clone(merged.Metadata)
	if merged.Metadata == nil {
		merged.Metadata = map[string]string{}
	}
	maps.Copy(merged.Metadata, want.Metadata)
	return merged
}

// refusal says why the plan must not be carried out, nil where it may be.
func (p plan) refusal(o ProvisionOptions) error {
	if p.has == nil {
		return nil
	}
	has, want, state := p.has.Config, p.want.stream, p.has.State
	if count, divided := want.Metadata[partitionsKey]; divided && has.Metadata[partitionsKey] != count {
		return fmt.Errorf("%w: %s has %q, wanted are %s; keep the old number, or drain the stages and "+
			"delete the stream first", ErrPartitions, want.Name, has.Metadata[partitionsKey], count)
	}
	if o.Evict {
		return nil
	}
	var why string
	switch {
	case want.MaxBytes > 0 && state.Bytes > uint64(want.MaxBytes):
		why = fmt.Sprintf("it holds %d bytes, the new limit is %d", state.Bytes, want.MaxBytes)
	case want.MaxAge > 0 && state.Msgs > 0 && time.Since(state.FirstTime) > want.MaxAge:
		why = fmt.Sprintf("its oldest message is of %s, the new limit is %v", state.FirstTime.UTC().Format(time.RFC3339), want.MaxAge)
	case p.want.bucket != nil && state.Msgs > 0 && has.MaxMsgsPerSubject > want.MaxMsgsPerSubject:
		why = fmt.Sprintf("it keeps %d versions of each value, wanted are %d", has.MaxMsgsPerSubject, want.MaxMsgsPerSubject)
	default:
		return nil
	}
	return fmt.Errorf("%w: %s: %s: give it more, or allow it with --evict", ErrLoss, p.want.what(), why)
}

func transform(cfg jetstream.StreamConfig) string {
	if cfg.SubjectTransform == nil {
		return ""
	}
	return cfg.SubjectTransform.Source + " to " + cfg.SubjectTransform.Destination
}
