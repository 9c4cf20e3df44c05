package reload

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
)

// change is what makes one set another, by the ids of signatures.
type change struct {
	added, removed, changed []string
	kept                    int
}

// compare tells two sets apart. Signatures are known by their id and, where two
// share one, by where they come from.
func compare(old, now *engine.Set) change {
	type name struct{ id, source string }
	before := make(map[name]*engine.Signature)
	for _, s := range old.Signatures() {
		before[name{s.Metadata.ID, s.Source}] = s
	}
	var c change
	for _, s := range now.Signatures() {
		key := name{s.Metadata.ID, s.Source}
		was, known := before[key]
		delete(before, key)
		switch {
		case !known:
			c.added = append(c.added, s.Metadata.ID)
		case was.Digest != s.Digest || was.Metadata.Version != s.Metadata.Version:
			c.changed = append(c.changed, s.Metadata.ID)
		default:
			c.kept++
		}
	}
	for _, s := range old.Signatures() {
		if _, gone := before[name{s.Metadata.ID, s.Source}]; gone {
			c.removed = append(c.removed, s.Metadata.ID)
		}
	}
	return c
}

// attrs are the change for the log.
func (c change) attrs() []slog.Attr {
	return []slog.Attr{
		slog.String("added", brief(c.added)), slog.String("removed", brief(c.removed)),
		slog.String("changed", brief(c.changed)), slog.Int("kept", c.kept),
	}
}

// brief is a number, with the ids where they are few. Ids are their authors'.
func brief(ids []string) string {
	const most = 5
	if len(ids) == 0 {
		return "0"
	}
	text := event.Printable(strings.Join(ids[:min(len(ids), most)], ", "))
	if len(ids) > most {
		text += ", …"
	}
	return fmt.Sprintf("%d (%s)", len(ids), text)
}
