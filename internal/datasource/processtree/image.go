package processtree

import (
	"strings"

	"github.com/weirsec/weir/schemas/event"
)

const (
	// What is kept of an argument list; programs may be given megabytes.
	maxArgs, maxArgBytes = 64, 4 << 10
	// argsCut stands at the end of a list that was cut.
	argsCut = "…"
	// imageSize is about what an image takes without its texts, processSize
	// one process in the lineages that are handed out.
	imageSize, processSize = 256, 96
)

// image is what a process runs from a time on.
type image struct {
	time     int64
	uid, gid uint32
	// told means that somebody said what runs, executed that an exec did, and
	// hearsay that a lineage says so, which knows less than the exec.
	told, executed, hearsay bool
	name                    string
	executable              string
	args                    []string
	// file is nil where nothing is known but the path.
	file *file

	// lineage is the process with its ancestors, as handed out; it is out of
	// date where its epoch is not the tree's.
	lineage *event.Process
	epoch   uint64
	// copied is set once a copy of the ancestors has been accounted for.
	copied bool
}

// newImage copies the texts, into one piece of memory, and reports whether
// arguments were cut off.
func newImage(name, executable string, args []string) (im image, size int, cut bool) {
	n, total := 0, 0
	for n < len(args) && n < maxArgs && total+len(args[n]) <= maxArgBytes {
		total += len(args[n])
		n++
	}
	cut = n < len(args)
	var text strings.Builder
	text.Grow(len(name) + len(executable) + total)
	text.WriteString(name)
	text.WriteString(executable)
	for _, a := range args[:n] {
		text.WriteString(a)
	}
	rest := text.String()
	take := func(n int) string {
		s := rest[:n]
		rest = rest[n:]
		return s
	}
	im.name, im.executable = take(len(name)), take(len(executable))
	if len(args) > 0 {
		im.args = make([]string, n, n+1)
		for i := range n {
			im.args[i] = take(len(args[i]))
		}
		if cut {
			im.args = append(im.args, argsCut)
		}
	}
	return im, imageSize + text.Len() + 16*cap(im.args), cut
}
