package processtree

import (
	"math"
	"slices"

	"github.com/weirsec/weir/internal/datasource/bounded"
)

const (
	// maxImages is how many programs are remembered of one process.
	maxImages = 8
	// nodeSize is about what a process takes without its images.
	nodeSize = 640
	never    = math.MinInt64
)

// source is where the facts of a process come from; a higher one knows better.
type source uint8

const (
	unknown  source = iota
	seen            // it caused an event
	snapshot        // it was there before the collector
	forked          // its fork was seen
)

type node = bounded.Item[uint32, process]

// process is one process of the tree.
type process struct {
	source     source
	pid, nsPID int32
	parent     uint32
	// start and exit are Unix nanoseconds; 0 where they are not known.
	start, exit int64
	// since is when the source spoke; of two that know as well, the earlier
	// one counts.
	since int64
	// lost means that there were facts and they have been evicted.
	lost bool

	// first is what it ran before it executed anything, found what it ran when
	// the snapshot was taken.
	first image
	found *image
	// images are the programs that it executed, by time; dropped means that
	// there were earlier ones.
	images  []image
	dropped bool

	// asked is the latest time for which a child's lineage needed this process.
	asked int64
	// shown means that lineages with these facts have been handed out.
	shown bool
}

// at returns what the process ran at a time.
func (p *process) at(t int64) *image {
	for i := len(p.images) - 1; i >= 0; i-- {
		if p.images[i].time <= t {
			return &p.images[i]
		}
	}
	switch {
	case p.dropped:
		return &p.images[0]
	case p.found != nil && (p.source != forked || p.found.time <= t):
		return p.found
	default:
		return &p.first
	}
}

// inherits reports whether nobody said what the process runs in an image, but
// it must be what its parent ran.
func (p *process) inherits(im *image) bool {
	return p.source == forked && !im.told && im.executable == ""
}

// born is the time at which its parent is looked at. Start times are cut down
// to a tick, which is long enough for a parent to have executed a program since,
// so the time of the fork itself is better.
func (p *process) born() int64 {
	if p.start == 0 || p.source == forked {
		return p.since
	}
	return p.start
}

// insert puts an image in its place and reports whether that is news. The
// earliest one is dropped where there are too many.
func (p *process) insert(im image) (added, dropped bool) {
	i, same := slices.BinarySearchFunc(p.images, im.time, func(have image, t int64) int {
		switch {
		case have.time < t:
			return -1
		case have.time > t:
			return 1
		}
		return 0
	})
	if same || i == 0 && p.dropped {
		return false, false
	}
	p.images = slices.Insert(p.images, i, im)
	if len(p.images) > maxImages {
		p.images = slices.Delete(p.images, 0, 1)
		p.dropped = true
		return true, true
	}
	return true, false
}
