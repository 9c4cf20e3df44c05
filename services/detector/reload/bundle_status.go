package reload

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// trouble says what is wrong with bundles, "" for nothing.
func (b *bundles) trouble() string {
	b.mu.Lock()
	broken := b.broken
	b.mu.Unlock()
	var list []string
	if broken != nil {
		list = append(list, fmt.Sprintf("not read: %v", broken))
	}
	for _, s := range b.status() {
		if s.Refused > 0 {
			list = append(list, fmt.Sprintf("%s: revision %d is refused (%s), in force is %s",
				s.Name, s.Refused, s.Reason, revisionText(s.Revision)))
		}
	}
	return strings.Join(list, "; ")
}

func revisionText(n uint64) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint("revision ", n)
}

// status returns what is known of each bundle that is there, by name. In force
// is what the set was loaded with, which may be older than what was accepted.
func (b *bundles) status() []BundleStatus {
	list := []BundleStatus{}
	if b == nil {
		return list
	}
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(b.known)) {
		k := b.known[name]
		s := BundleStatus{Name: name, Revision: now.bundles[name]}
		if k.bundle != nil {
			s.Label, s.Author = k.bundle.Label, k.bundle.Author
		}
		switch {
		case k.refused != nil:
			s.Refused, s.Reason = k.seen, k.refused.Error()
		case now.failure != nil && k.bundle != nil && k.revision != s.Revision:
			s.Refused, s.Reason = k.revision, now.failure.Error()
		}
		if k.bundle != nil || k.refused != nil {
			list = append(list, s)
		}
	}
	return list
}
