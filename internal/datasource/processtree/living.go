package processtree

// living collects what lived at a time by its id. Of two that seem to have had
// the same one, because the end of the first was not told, the later counts.
type living struct{ by map[int]born }

type born struct {
	start  int64
	entity uint32
}

func (l *living) add(id int32, start int64, entity uint32) {
	if id == 0 { // nobody told
		return
	}
	if l.by == nil {
		l.by = make(map[int]born)
	}
	have, ok := l.by[int(id)]
	if !ok || start > have.start || start == have.start && entity > have.entity {
		l.by[int(id)] = born{start, entity}
	}
}

func (l *living) entities() map[int]uint32 {
	out := make(map[int]uint32, len(l.by))
	for id, b := range l.by {
		out[id] = b.entity
	}
	return out
}
