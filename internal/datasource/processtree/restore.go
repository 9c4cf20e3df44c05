package processtree

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/weirsec/weir/internal/datasource/bounded"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/statepb"
)

// Restore makes the tree of which State was taken, with limits of its own. The
// errors tell what in the state cannot be; then there is no tree.
func Restore(limits Limits, state *statepb.ProcessTree) (*Tree, error) {
	if state == nil {
		return nil, errors.New("processtree: no state")
	}
	if state.Version != stateVersion {
		return nil, fmt.Errorf("processtree: state has version %d, want %d: start without it", state.Version, stateVersion)
	}
	r := &reader{tree: New(limits), in: state}
	for _, part := range []func() error{r.readLists, r.readProcesses, r.readHanded, r.readLineages, r.readThreads, r.readRest} {
		if err := part(); err != nil {
			return nil, fmt.Errorf("processtree: damaged state: %w", err)
		}
	}
	return r.tree, nil
}

// reader reads a state. It trusts nothing in it.
type reader struct {
	tree   *Tree
	in     *statepb.ProcessTree
	lists  [][]string
	nodes  []*node
	handed []*event.Process
}

// maxSize is more than any entry counts for.
const maxSize = 1 << 30

var (
	errRef   = errors.New("a reference to nothing")
	errOrder = errors.New("too many changes, or not in order")
	errKept  = errors.New("an entry that is there twice, without an id or of no possible size")
	errWho   = errors.New("a source that there is none of")
)

// at returns what a reference means, the zero value for none.
func at[T any](table []T, ref uint32) (out T, err error) {
	if uint64(ref) > uint64(len(table)) {
		return out, errRef
	}
	if ref > 0 {
		out = table[ref-1]
	}
	return out, nil
}

func (r *reader) text(ref uint32) (string, error) { return at(r.in.Texts, ref) }

func (r *reader) readLists() error {
	for i, in := range r.in.Lists {
		list := make([]string, len(in.GetTexts()))
		for k, ref := range in.GetTexts() {
			text, err := r.text(ref)
			if err != nil {
				return fmt.Errorf("list %d: %w", i, err)
			}
			list[k] = text
		}
		if len(list) == 0 || len(list) > maxArgs+1 {
			return fmt.Errorf("list %d: %d texts", i, len(list))
		}
		r.lists = append(r.lists, list)
	}
	return nil
}

// add puts an entry into a store as it was kept.
func add[V any](s *bounded.Store[uint32, V], entity uint32, k *statepb.ProcessTree_Kept) (*bounded.Item[uint32, V], error) {
	if entity == 0 || s.Peek(entity) != nil || k.GetSize() == 0 || k.GetSize() > maxSize {
		return nil, errKept
	}
	it := s.Add(entity, int(k.GetSize()))
	if k.GetRetired() {
		s.Retire(it, k.GetRetiredAt())
	}
	return it, nil
}

func (r *reader) readProcesses() error {
	for i, in := range r.in.Processes {
		if err := r.readProcess(in); err != nil {
			return fmt.Errorf("process %d: %w", i, err)
		}
	}
	return nil
}

func (r *reader) readThreads() error {
	for i, in := range r.in.Threads {
		if err := r.readThread(in); err != nil {
			return fmt.Errorf("thread %d: %w", i, err)
		}
	}
	return nil
}

// readHanded makes what was handed out; all images are there by now.
func (r *reader) readHanded() error {
	depths := make([]int, 0, len(r.in.Handed))
	for i, in := range r.in.Handed {
		parent, err := at(r.handed, in.GetParent())
		if err != nil {
			return fmt.Errorf("lineage %d: parent: %w", i, err)
		}
		depth, _ := at(depths, in.GetParent())
		if depth > event.MaxLineage {
			return fmt.Errorf("lineage %d: more than %d ancestors", i, event.MaxLineage)
		}
		p, err := r.readHandedOne(in, parent)
		if err != nil {
			return fmt.Errorf("lineage %d: %w", i, err)
		}
		r.handed, depths = append(r.handed, p), append(depths, depth+1)
	}
	return nil
}

func (r *reader) readHandedOne(in *statepb.ProcessTree_Handed, parent *event.Process) (*event.Process, error) {
	if in.GetProcess() != 0 {
		it, err := at(r.nodes, in.GetProcess())
		if err != nil {
			return nil, err
		}
		for i, im := range it.Value.everyImage() {
			if uint32(i) == in.GetImage() {
				return step{it, im}.show(parent), nil
			}
		}
		return nil, errRef
	}
	name, errName := r.text(in.GetName())
	executable, errExecutable := r.text(in.GetExecutable())
	args, errArgs := at(r.lists, in.GetArgs())
	return &event.Process{
		EntityID: in.GetEntity(), PID: in.GetPid(), NSPID: in.GetNsPid(), UID: in.GetUid(),
		StartTime: in.GetStart(), ExecTime: in.GetExec(), Name: name, Executable: executable, Args: args, Parent: parent,
	}, errors.Join(errName, errExecutable, errArgs)
}

// readRest restores what the tree remembers of what is not there.
func (r *reader) readRest() error {
	t, c := r.tree, r.in.GetCounts()
	if len(r.in.Missing) > maxMissing {
		return fmt.Errorf("%d missing parents, at most %d", len(r.in.Missing), maxMissing)
	}
	for _, entity := range r.in.Missing {
		if t.processes.Peek(entity) != nil {
			return fmt.Errorf("process %d is missing and there", entity)
		}
		t.missing[entity] = struct{}{}
	}
	if sum := c.GetProcesses() | c.GetThreads() | c.GetImages() | c.GetIdentities() | c.GetArgs(); sum > math.MaxInt64 {
		return errors.New("a negative count")
	}
	t.counts = Counts{Images: c.GetImages(), Identities: c.GetIdentities(), Args: c.GetArgs()}
	t.processes.Recall(c.GetProcesses(), slices.Values(r.in.GoneProcesses))
	t.threads.Recall(c.GetThreads(), slices.Values(r.in.GoneThreads))
	return nil
}
