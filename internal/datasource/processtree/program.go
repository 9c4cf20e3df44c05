package processtree

import "cmp"

// maxInherited bounds the way up to what a process runs that never executed
// anything, nor did its ancestors.
const maxInherited = 1024

// program is what a process ran at a time, and as whom.
type program struct {
	name, executable string
	args             []string
	file             *file
	executed         int64
	uid, gid         uint32
}

// program returns what a process ran at a time, the zero one where nobody told
// of that time. What it ran before it executed anything is what its parent ran
// when it was forked.
func (t *Tree) program(it *node, at int64) program {
	im, ok := it.Value.told(at)
	if !ok {
		return program{}
	}
	out := t.inherited(it, im)
	out.uid, out.gid = im.uid, im.gid
	if im.executed {
		out.executed = im.time
	}
	if i := it.Value.self(im, at); i != nil {
		out.name, out.uid, out.gid = i.name, i.uid, i.gid
	}
	return out
}

// inherited is an image, completed by what the process was forked with.
func (t *Tree) inherited(it *node, im *image) program {
	name := im.name
	for range maxInherited {
		p := &it.Value
		if !p.inherits(im) {
			break
		}
		parent := t.processes.Peek(p.parent())
		if parent == nil {
			if l := im.lineage; l != nil { // what was handed out while it was known
				return program{name: cmp.Or(name, l.Name), executable: l.Executable, args: l.Args}
			}
			break
		}
		above, told := parent.Value.told(p.born())
		if !told {
			return program{name: name}
		}
		if i := parent.Value.self(above, p.born()); i != nil {
			name = cmp.Or(name, i.name)
		}
		name = cmp.Or(name, above.name)
		it, im = parent, above
	}
	return program{name: name, executable: im.executable, args: im.args, file: im.file}
}

// containerOf returns the id of the container that a process was in at a time,
// "" for none: what its events said, else where it was forked.
func (t *Tree) containerOf(it *node, at int64) string {
	for range maxInherited {
		p := &it.Value
		if p.container != "" && at >= p.contained || p.source != forked {
			return p.container
		}
		parent := t.processes.Peek(p.parent())
		if parent == nil {
			return p.container
		}
		it, at = parent, p.born()
	}
	return ""
}
