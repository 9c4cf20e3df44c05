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
		if len(e.slots[i].stores) > 0 {
			stateful++
		}
	}
	out = binary.AppendUvarint(out, stateful)
	for i := range e.slots {
		s := &e.slots[i]
		if len(s.stores) == 0 {
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
	}
	return out
}

// storeKey finds a store in all sets that have its signature.
type storeKey struct {
	identity
	name string
}

// Restore puts what Snapshot returned in the place of what the signatures
// remember. It returns how many stores of the snapshot nobody has any more,
// because their signatures have changed or are gone. Bytes that are no
// snapshot change nothing.
func (e *Evaluator) Restore(snapshot []byte) (unknown int, err error) {
	read, err := readCheckpoint(snapshot)
	if err != nil {
		return 0, fmt.Errorf("restore the state of signatures: %w", err)
	}
	unknown = len(read)
	for i := range e.slots {
		s := &e.slots[i]
		for _, store := range s.stores {
			entries, known := read[storeKey{s.signature.identity(), store.Spec().Name}]
			if known {
				unknown--
			}
			store.Load(entries)
		}
	}
	return unknown, nil
}

func readCheckpoint(data []byte) (map[storeKey]state.Entries, error) {
	if len(data) == 0 {
		return nil, errors.New("the snapshot is empty")
	}
	if data[0] != checkpointLayout {
		return nil, fmt.Errorf("the snapshot has the layout %d, and this version reads %d", data[0], checkpointLayout)
	}
	r := state.NewReader(data[1:])
	read := make(map[storeKey]state.Entries)
	for n := r.Number(); n > 0 && r.Err() == nil; n-- {
		id := identity{r.Text(), r.Text(), r.Text(), r.Text()}
		for stores := r.Number(); stores > 0 && r.Err() == nil; stores-- {
			name := r.Text()
			read[storeKey{id, name}] = r.Entries()
		}
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	if r.Left() > 0 {
		return nil, fmt.Errorf("%d bytes follow the end of the snapshot", r.Left())
	}
	return read, nil
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
		for _, store := range s.stores {
			for _, other := range before.stores {
				if other.Spec().Name == store.Spec().Name {
					store.Take(other)
				}
			}
		}
	}
}
