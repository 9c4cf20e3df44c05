package tracee

import (
	"strings"

	"github.com/weirsec/weir/schemas/event"
)

// texts copies the texts of an event into one piece of memory. Those of an event
// are parts of a whole batch, which a signature that keeps one of them must not
// keep alive.
type texts struct{ b strings.Builder }

// longestType is room for the names that types are given instead of theirs.
const longestType = len("const char*const*")

// newTexts has room for the texts of an event.
func newTexts(e *event.Event) *texts {
	c := e.Context
	size := len(c.ProcessName) + len(c.Executable) + len(c.HostName) + len(e.Shape.Name) + len(e.Syscall) +
		len(c.Container.ID) + len(c.Container.Name) + len(c.Container.Image) + len(c.Container.ImageDigest) +
		len(c.Kubernetes.PodName) + len(c.Kubernetes.PodNamespace) + len(c.Kubernetes.PodUID)
	for _, v := range e.Values {
		if v.Kind() == event.KindString {
			size += len(v.Text())
		}
		for _, s := range v.List() {
			size += len(s)
		}
	}
	for _, a := range e.Shape.Args {
		size += len(a.Name) + max(len(a.Type), longestType)
	}
	t := &texts{}
	t.b.Grow(size)
	return t
}

// keep returns a copy of a text.
func (t *texts) keep(s string) string {
	if s == "" {
		return ""
	}
	start := t.b.Len()
	t.b.WriteString(s)
	// Earlier copies stay good where the builder moves to a larger place.
	return t.b.String()[start:]
}

// keepAll returns a copy of a list of texts, nil for nil.
func (t *texts) keepAll(list []string) []string {
	if list == nil {
		return nil
	}
	kept := make([]string, len(list))
	for i, s := range list {
		kept[i] = t.keep(s)
	}
	return kept
}
