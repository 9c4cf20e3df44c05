package processtree

import (
	"maps"
	"slices"

	"github.com/weirsec/weir/internal/datasource/slab"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/statepb"
)

// stateVersion is the layout of a state, which a reader must know.
const stateVersion = 1

// State returns all that the tree remembers, for a checkpoint: a tree that
// Restore makes of it answers and evicts like this one. It must be taken between
// two messages. It shares no memory with the tree that changes, so that it can
// be written while the tree goes on.
func (t *Tree) State() *statepb.ProcessTree {
	w := &writer{
		tree: t, out: &statepb.ProcessTree{Version: stateVersion},
		texts: make(map[string]uint32), lists: make(map[*string]uint32),
		place: make(map[*event.Process]int, 2*t.Len()), claims: make([]claim, 0, 2*t.Len()),
	}
	w.claim()
	w.out.Processes = make([]*statepb.ProcessTree_Process, 0, t.processes.Len())
	for it := range t.processes.Items() {
		w.out.Processes = append(w.out.Processes, w.process(it))
	}
	w.out.Threads = make([]*statepb.ProcessTree_Thread, 0, t.threads.Len())
	for it := range t.threads.Items() {
		w.out.Threads = append(w.out.Threads, w.thread(it))
	}
	w.out.GoneProcesses = slices.Collect(t.processes.Ghosts())
	w.out.GoneThreads = slices.Collect(t.threads.Ghosts())
	w.out.Missing = slices.Sorted(maps.Keys(t.missing))
	c := t.Counts()
	w.out.Counts = &statepb.ProcessTree_Counts{
		Processes: c.Processes, Threads: c.Threads, Images: c.Images, Identities: c.Identities, Args: c.Args,
	}
	return w.out
}

// writer makes a state. Texts, lists and what was handed out are told once and
// referred to by their place, counted from 1.
type writer struct {
	tree  *Tree
	out   *statepb.ProcessTree
	made  messages
	texts map[string]uint32
	lists map[*string]uint32
	// place is where in claims a process that was handed out is.
	place  map[*event.Process]int
	claims []claim
}

// messages are those of a state, of which there are many.
type messages struct {
	processes  slab.Slab[statepb.ProcessTree_Process]
	threads    slab.Slab[statepb.ProcessTree_Thread]
	kept       slab.Slab[statepb.ProcessTree_Kept]
	images     slab.Slab[statepb.ProcessTree_Image]
	files      slab.Slab[statepb.ProcessTree_File]
	identities slab.Slab[statepb.ProcessTree_Identity]
	handed     slab.Slab[statepb.ProcessTree_Handed]
	lists      slab.Slab[statepb.ProcessTree_TextList]
	refs       slab.Slab[uint32]
	imageRefs  slab.Slab[*statepb.ProcessTree_Image]
	selves     slab.Slab[*statepb.ProcessTree_Identity]
}

// claim is the image for which a process of a lineage was made, if it is still
// there, and where in the state the process is, 0 for not yet.
type claim struct {
	step
	process, image uint32
	ref            uint32
}

// claim notes whose lineages are whose.
func (w *writer) claim() {
	n := uint32(0)
	for it := range w.tree.processes.Items() {
		n++
		for i, im := range it.Value.everyImage() {
			if im.lineage != nil {
				w.place[im.lineage] = len(w.claims)
				w.claims = append(w.claims, claim{step: step{it, im}, process: n, image: uint32(i)})
			}
		}
	}
}

// everyImage yields the images of a process by the numbers that states give them.
func (p *process) everyImage() func(yield func(int, *image) bool) {
	return func(yield func(int, *image) bool) {
		if !yield(0, &p.first) || p.found != nil && !yield(1, p.found) {
			return
		}
		for i := range p.images {
			if !yield(2+i, &p.images[i]) {
				return
			}
		}
	}
}

func (w *writer) text(s string) uint32 {
	if s == "" {
		return 0
	}
	ref, ok := w.texts[s]
	if !ok {
		w.out.Texts = append(w.out.Texts, s)
		ref = uint32(len(w.out.Texts))
		w.texts[s] = ref
	}
	return ref
}

func (w *writer) list(texts []string) uint32 {
	if len(texts) == 0 {
		return 0
	}
	ref, ok := w.lists[&texts[0]]
	if !ok {
		told := w.made.lists.New()
		told.Texts = w.made.refs.Make(len(texts))
		for i, s := range texts {
			told.Texts[i] = w.text(s)
		}
		w.out.Lists = append(w.out.Lists, told)
		ref = uint32(len(w.out.Lists))
		w.lists[&texts[0]] = ref
	}
	return ref
}

// lineage tells of a process as it was handed out, and before it of its
// ancestors, which are never many.
func (w *writer) lineage(p *event.Process) uint32 {
	if p == nil {
		return 0
	}
	place, ok := w.place[p]
	if !ok {
		place = len(w.claims)
		w.place[p], w.claims = place, append(w.claims, claim{})
	} else if ref := w.claims[place].ref; ref != 0 {
		return ref
	}
	out := w.made.handed.New()
	out.Parent = w.lineage(p.Parent)
	own := &w.claims[place]
	if own.it != nil && sameProcessFacts(p, own.show(p.Parent)) {
		out.Process, out.Image = own.process, own.image
	} else {
		out.Entity, out.Pid, out.NsPid, out.Uid = p.EntityID, p.PID, p.NSPID, p.UID
		out.Start, out.Exec = p.StartTime, p.ExecTime
		out.Name, out.Executable, out.Args = w.text(p.Name), w.text(p.Executable), w.list(p.Args)
	}
	w.out.Handed = append(w.out.Handed, out)
	own.ref = uint32(len(w.out.Handed))
	return own.ref
}

// sameProcessFacts compares all but the ancestors.
func sameProcessFacts(a, b *event.Process) bool {
	return a.EntityID == b.EntityID && a.PID == b.PID && a.NSPID == b.NSPID && a.UID == b.UID &&
		a.StartTime == b.StartTime && a.ExecTime == b.ExecTime && a.Name == b.Name &&
		a.Executable == b.Executable && slices.Equal(a.Args, b.Args)
}
