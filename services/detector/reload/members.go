package reload

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"
)

const (
	// MemberKind is what detectors are called among the members.
	MemberKind = "detector"
	// A member says how it is each tellEvery and is forgotten after memberTTL.
	tellEvery = 10 * time.Second
	memberTTL = 35 * time.Second
	// maxTold bounds the signatures that a status lists.
	maxTold = 2000
)

// Members is where instances say how they are; *bus.Conn is one.
type Members interface {
	// PutMember replaces what an instance said; it is forgotten after ttl.
	PutMember(ctx context.Context, kind, instance string, value []byte, ttl time.Duration) error
	// DropMember forgets an instance at once.
	DropMember(ctx context.Context, kind, instance string) error
}

// Status is how a detector is, as it tells the other members, in JSON.
type Status struct {
	Instance string `json:"instance"`
	// Version is that of the program.
	Version string `json:"version"`
	// Set is the version of the set in force, Since when it came in force, and
	// Loaded when the signatures were last loaded well.
	Set    string    `json:"set"`
	Since  time.Time `json:"since"`
	Loaded time.Time `json:"loaded"`
	// NotLoaded counts files or signatures that could not be loaded as they
	// are, Failure says why the last load could not be done at all.
	NotLoaded int    `json:"not_loaded"`
	Failure   string `json:"failure,omitempty"`
	// Bundles are those that the instance knows, by name.
	Bundles []BundleStatus `json:"bundles"`
	// Count is how many signatures are in force; the first 2,000 are listed.
	Count      int               `json:"count"`
	Signatures []SignatureStatus `json:"signatures"`
}

// BundleStatus is what a detector makes of a bundle.
type BundleStatus struct {
	Name string `json:"name"`
	// Revision is the one in force, 0 where none is.
	Revision uint64 `json:"revision"`
	// Label and Author are what the bundle says of itself.
	Label  string `json:"label,omitempty"`
	Author string `json:"author,omitempty"`
	// Refused is a later revision that is not in force, 0 for none; Reason says
	// why.
	Refused uint64 `json:"refused,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

// SignatureStatus is one signature in force.
type SignatureStatus struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
	Source  string `json:"source"`
	// Tier is how it is evaluated at present and TierReason why that way; empty
	// where its kind does not say.
	Tier        string `json:"tier,omitempty"`
	TierReason  string `json:"tier_reason,omitempty"`
	Quarantined bool   `json:"quarantined,omitempty"`
}

// Status returns how the instance is.
func (r *Reloader) Status() Status {
	now := r.now()
	s := Status{
		Instance: r.instance, Version: r.cfg.Version, Since: now.since, Loaded: now.loaded,
		NotLoaded: failures(now.problems), Bundles: r.bundles.status(), Signatures: []SignatureStatus{},
	}
	if now.failure != nil {
		s.Failure = now.failure.Error()
	}
	if now.set == nil {
		return s
	}
	s.Set, s.Count = now.set.Version(), len(now.set.Signatures())
	for _, member := range now.set.Signatures()[:min(s.Count, maxTold)] {
		tier, reason := member.Tier()
		s.Signatures = append(s.Signatures, SignatureStatus{
			ID: member.Metadata.ID, Version: member.Metadata.Version, Digest: member.Digest,
			Source: member.Source, Tier: tier, TierReason: reason, Quarantined: member.Quarantined(),
		})
	}
	return s
}

// report tells the other members how this one is, until ctx ends.
func (r *Reloader) report(ctx context.Context) {
	beat := time.NewTicker(tellEvery)
	defer beat.Stop()
	defer r.leave(ctx)
	silent := false
	for {
		err := r.put(ctx)
		if err != nil && !silent && ctx.Err() == nil {
			r.log.LogAttrs(ctx, slog.LevelWarn, "other members do not see this one", slog.Any("error", err))
		}
		silent = err != nil
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		case <-r.news:
		}
	}
}

func (r *Reloader) put(ctx context.Context) error {
	value, err := json.Marshal(r.Status())
	if err != nil {
		return fmt.Errorf("encode the status: %w", err)
	}
	return r.cfg.Members.PutMember(ctx, MemberKind, r.instance, value, memberTTL)
}

// leave says that this member is gone. Where that is not possible it is
// forgotten a little later.
func (r *Reloader) leave(ctx context.Context) {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = r.cfg.Members.DropMember(limited, MemberKind, r.instance)
}
