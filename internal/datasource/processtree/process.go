package processtree

import (
	"cmp"
	"math"
	"slices"
	"weak"

	"github.com/weirsec/weir/internal/datasource/bounded"
	"github.com/weirsec/weir/schemas/event"
)

const (
	// maxImages is how many programs are remembered of one process.
	maxImages = 8
	// nodeSize is about what a process takes without its images.
	nodeSize = 768
	never    = math.MinInt64
)

// source is where the facts of a process come from; a higher one knows better.
type source uint8

const (
	unknown  source = iota
	seen            // it caused an event
	adopted         // it is in the lineage of an event
	snapshot        // it was there before the collector
	forked          // its fork was seen
)

type node = bounded.Item[uint32, process]

// process is one process of the tree.
type process struct {
	source           source
	pid, nsPID, ppid int32
	// start is Unix nanoseconds; 0 where it is not known.
	start int64
	// exit is when its first thread ended, last whether that left no other; over
	// is when a thread told that none is left.
	exit, over int64
	last       bool
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
	// selves are the other names and users that its first thread had.
	selves identities
	// container is the one that it is in, since contained.
	container string
	contained int64

	// asked is the latest time for which a child's lineage needed this process.
	asked int64
	// shown means that lineages with these facts have been handed out.
	shown bool
	// lineage is the last one that was adopted; weak, for it belongs to a message.
	lineage weak.Pointer[event.Process]
	// kin is its place among the children of its parent.
	kin kin[process]
}

// parent is the entity id of the process that it was forked by.
func (p *process) parent() uint32 { return p.kin.elder }

// known is the time from which on what its source said holds.
func (p *process) known() int64 { return known(p.source, p.start, p.since) }

// told returns what the process ran at a time, and whether somebody said so of
// that time or an earlier one.
func (p *process) told(t int64) (*image, bool) {
	im := p.at(t)
	return im, im.time != 0 && im.time <= t || (im == &p.first || im == p.found) && t >= p.known()
}

// self returns the name and user that the first thread has, where they are not
// those of the program or of the fork.
func (p *process) self(im *image, t int64) *identity {
	if len(p.selves) == 0 {
		return nil
	}
	if i := p.selves.at(t); i != nil && i.time >= im.time {
		return i
	}
	return nil
}

// firstExit is when the first thread ended. An exit that left others and came
// before the process executed a program is that of a thread whose place the
// executing one took.
func (p *process) firstExit() int64 {
	if !p.last && p.replaced() != 0 {
		return 0
	}
	return p.exit
}

// replaced is when another thread took the place of the first one, 0 for never.
func (p *process) replaced() int64 {
	if n := len(p.images); p.exit != 0 && !p.last && n > 0 && p.images[n-1].time > p.exit {
		return p.images[n-1].time
	}
	return 0
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
// earliest one is dropped where there are too many; one of the same time is
// replaced where it is known better now.
func (p *process) insert(im image) (added, dropped, replaced bool) {
	i, same := slices.BinarySearchFunc(p.images, im.time, func(have image, t int64) int {
		return cmp.Compare(have.time, t)
	})
	if same {
		have := &p.images[i]
		if !have.hearsay || im.hearsay {
			return false, false, false
		}
		im.lineage, im.copied = have.lineage, have.copied
		*have = im
		return true, false, true
	}
	if i == 0 && p.dropped {
		return false, false, false
	}
	p.images = slices.Insert(p.images, i, im)
	if len(p.images) > maxImages {
		p.images = slices.Delete(p.images, 0, 1)
		p.dropped = true
		return true, true, false
	}
	return true, false, false
}
