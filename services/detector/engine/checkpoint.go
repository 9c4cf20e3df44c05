package engine

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/weirsec/weir/services/detector/state"
)

// checkpointLayout is the first byte of a checkpoint; another layout gets
// another number.
const checkpointLayout = 1

// Snapshot returns what the signatures remember, as bytes for Restore. The
// same events give the same bytes.
func (e *Evaluator) Snapshot() []byte {
	out := []byte{checkpointLayout}
	var stateful uint64
	for i := range e.slots {
		if e.slots[i].remembers() {
			stateful++
		}
	}
	out = binary.AppendUvarint(out, stateful)
	var memory []byte
	for i := range e.slots {
		s := &e.slots[i]
		if !s.remembers() {
			continue
		}
		id := s.signature.identity()
		for _, text := range []string{id.id, id.version, id.digest, id.variant} {
			out = state.AppendText(out, text)
		}
		out = binary.AppendUvarint(out, uint64(len(s.stores)))
		for _, store := range s.stores {
			out = store.Append(state.AppendText(out, store.Spec().Name))
		}
		memory = memory[:0]
		if own, ok := s.instance.(Remembering); ok {
			memory = own.Snapshot(memory)
		}
		out = state.AppendText(out, string(memory))
	}
	return out
}

// remembers reports whether the slot has anything to remember.
func (s *slot) remembers() bool {
	_, own := s.instance.(Remembering)
	return own || len(s.stores) > 0
}

// storeKey finds a store in all sets that have its signature.
type storeKey struct {
	identity
	name string
}

// Restore puts what Snapshot returned in the place of what the signatures
// remember. It returns how many stores and memories of the snapshot nobody has
// any more, because their signatures have changed or are gone. Bytes that are no
// snapshot change nothing, except where one memory of many is broken: the
// others are restored.
func (e *Evaluator) Restore(snapshot []byte) (unknown int, err error) {
	read, memories, err := readCheckpoint(snapshot)
	if err != nil {
		return 0, fmt.Errorf("restore the state of signatures: %w", err)
	}
	unknown = len(read) + len(memories)
	for i := range e.slots {
		s := &e.slots[i]
		for _, store := range s.stores {
			entries, known := read[storeKey{s.signature.identity(), store.Spec().Name}]
			if known {
				unknown--
			}
			store.Load(entries)
		}
		memory, known := memories[s.signature.identity()]
		own, ok := s.instance.(Remembering)
		if !known || !ok {
			continue
		}
		unknown--
		if broken := own.Restore([]byte(memory)); broken != nil {
			err = errors.Join(err, fmt.Errorf("restore the memory of %s: %w", s.signature.Metadata.ID, broken))
		}
	}
	return unknown, err
}

// readCheckpoint returns the stores of a snapshot, and what instances remember
// themselves.
func readCheckpoint(data []byte) (map[storeKey]state.Entries, map[identity]string, error) {
	if len(data) == 0 {
		return nil, nil, errors.New("the snapshot is empty")
	}
	if data[0] != checkpointLayout {
		return nil, nil, fmt.Errorf("the snapshot has the layout %d, and this version reads %d", data[0], checkpointLayout)
	}
	r := state.NewReader(data[1:])
	read, memories := make(map[storeKey]state.Entries), make(map[identity]string)
	for n := r.Number(); n > 0 && r.Err() == nil; n-- {
		id := identity{r.Text(), r.Text(), r.Text(), r.Text()}
		for stores := r.Number(); stores > 0 && r.Err() == nil; stores-- {
			name := r.Text()
			read[storeKey{id, name}] = r.Entries()
		}
		if memory := r.Text(); memory != "" {
			memories[id] = memory
		}
	}
	if err := r.Err(); err != nil {
		return nil, nil, err
	}
	if r.Left() > 0 {
		return nil, nil, fmt.Errorf("%d bytes follow the end of the snapshot", r.Left())
	}
	return read, memories, nil
}

// inherit takes over what signatures remember that another Evaluator has too.
func (e *Evaluator) inherit(old *Evaluator) {
	known := make(map[identity]*slot, len(old.slots))
	for i := range old.slots {
		known[old.slots[i].signature.identity()] = &old.slots[i]
	}
	for i := range e.slots {
		s := &e.slots[i]
		before := known[s.signature.identity()]
		if before == nil {
			continue
		}
		if s.receiver != nil {
			s.last = before.last
		}
		s.inheritMemory(before)
		if heir, ok := s.instance.(Heir); ok {
			heir.Inherit(before.instance)
		}
		for _, store := range s.stores {
			for _, other := range before.stores {
				if other.Spec().Name == store.Spec().Name {
					store.Take(other)
				}
			}
		}
	}
}

// inheritMemory takes over what the instance of another slot of the same
// signature remembers. It cannot fail, as both are of one content; if it did,
// there would be no memory, as after a start.
func (s *slot) inheritMemory(before *slot) {
	own, ok := s.instance.(Remembering)
	old, had := before.instance.(Remembering)
	if ok && had {
		_ = own.Restore(old.Snapshot(nil))
	}
}
