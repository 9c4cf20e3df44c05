package stage

import (
	"context"
	"log/slog"
	"slices"
)

// distribute tells the partitions who owns them, whenever members come or go,
// until ctx ends.
func (r *Runner) distribute(ctx context.Context, m *membership, partitions []*partition) {
	var before []string
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.changed:
		}
		members := m.current()
		orphaned := slices.ContainsFunc(before, func(old string) bool { return !slices.Contains(members, old) })
		first := before == nil
		before = members
		mine := 0
		for p, owner := range owners(len(partitions), members) {
			own := owner == m.self
			if own {
				mine++
			}
			// What an earlier life of this process held is pinned to it yet.
			partitions[p].tell(order{own: own, orphaned: orphaned || first && len(members) == 1})
		}
		r.metrics.owned.Record(ctx, int64(mine), r.metrics.base)
		level := slog.LevelInfo
		if first && len(members) == 1 {
			level = slog.LevelDebug // nothing is shared
		}
		r.set.Logger.Log(ctx, level, "partitions distributed",
			slog.Int("own", mine), slog.Int("of", len(partitions)), slog.Int("instances", len(members)))
	}
}
