package processtree

// ByID returns the entity of the process, or with task of the thread, that had
// an id in the root pid namespace at a time in Unix nanoseconds; of those that
// had it before, the last one where none had it then. It looks at everything
// that is known: it is for the questions of people.
func (t *Tree) ByID(id int32, task bool, at int64) (entity uint32, ok bool) {
	var best born
	living := false
	consider := func(start, end int64, entity uint32) {
		lives := alive(start, end, at)
		if start > at || living && !lives {
			return
		}
		if !ok || lives && !living || start > best.start {
			best, living, ok = born{start, entity}, lives, true
		}
	}
	for it := range t.processes.Items() {
		if p := &it.Value; p.pid == id && p.source != unknown {
			consider(p.start, t.ended(it), it.Key)
		}
	}
	if task {
		for it := range t.threads.Items() {
			if th := &it.Value; th.tid == id {
				consider(th.start, t.endOf(it), it.Key)
			}
		}
	}
	return best.entity, ok
}
