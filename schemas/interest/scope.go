package interest

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// The origins of an event, as a Scope tells them apart.
const (
	// OriginHost is a process outside any container.
	OriginHost = "host"
	// OriginContainer is a process in the cgroup of a container, whether the
	// runtime is still setting it up or not.
	OriginContainer = "container"
)

// Scope is a part of the events of one name. It holds for an event where each of
// its fields that is not empty holds; the zero Scope always does. Lists are
// sorted, each entry once, at most MaxTexts of them.
type Scope struct {
	// Comms are names of threads, of at most MaxComm bytes each, valid UTF-8
	// without U+FFFD: the thread's is one of them.
	Comms []string `json:"comms,omitempty"`
	// UIDs are real user ids: the thread's is one of them.
	UIDs []uint32 `json:"uids,omitempty"`
	// Origin is where the process runs: OriginHost, OriginContainer, or "" for
	// both. It holds where that is not known.
	Origin string `json:"origin,omitempty"`
	// Paths are beginnings of the argument that PathArg names, of 1 to MaxPath
	// bytes each, valid UTF-8 without U+FFFD, none the beginning of another:
	// the argument begins with one of them. It holds where the argument could
	// not be read.
	Paths []string `json:"paths,omitempty"`
}

// Holds reports whether the scope holds for an event.
func (s *Scope) Holds(f *Facts) bool {
	return (len(s.Comms) == 0 || slices.Contains(s.Comms, f.Comm)) &&
		(len(s.UIDs) == 0 || slices.Contains(s.UIDs, f.UID)) &&
		(s.Origin == "" || f.Origin == "" || s.Origin == f.Origin) &&
		(len(s.Paths) == 0 || !f.PathKnown || begins(f.Path, s.Paths))
}

// begins reports whether a text begins with one of some others.
func begins(text string, with []string) bool {
	return slices.ContainsFunc(with, func(p string) bool { return strings.HasPrefix(text, p) })
}

func (s *Scope) empty() bool {
	return len(s.Comms) == 0 && len(s.UIDs) == 0 && s.Origin == "" && len(s.Paths) == 0
}

func (s Scope) equal(other Scope) bool {
	return slices.Equal(s.Comms, other.Comms) && slices.Equal(s.UIDs, other.UIDs) && s.Origin == other.Origin &&
		slices.Equal(s.Paths, other.Paths)
}

// covers reports whether the scope holds wherever another one does.
func (s *Scope) covers(other *Scope) bool {
	return holdsFor(s.Comms, other.Comms, func(text string) bool { return slices.Contains(s.Comms, text) }) &&
		holdsFor(s.UIDs, other.UIDs, func(id uint32) bool { return slices.Contains(s.UIDs, id) }) &&
		(s.Origin == "" || s.Origin == other.Origin) &&
		holdsFor(s.Paths, other.Paths, func(path string) bool { return begins(path, s.Paths) })
}

// holdsFor reports whether a field is met by all entries of another one.
func holdsFor[T any](field, other []T, met func(T) bool) bool {
	return len(field) == 0 || len(other) > 0 && !slices.ContainsFunc(other, func(entry T) bool { return !met(entry) })
}

// observable returns the scope as it can be told to a kernel and written in
// JSON, where it is not narrower for any event that a kernel can have; false
// where there is no such event at all.
func (s Scope) observable() (Scope, bool) {
	if len(s.Comms) > 0 {
		var kept []string
		for _, comm := range s.Comms {
			// No thread has a longer name, or one with a NUL in it.
			if len(comm) <= MaxComm && !strings.ContainsRune(comm, 0) {
				kept = append(kept, comm)
			}
		}
		if len(kept) == 0 {
			return Scope{}, false
		}
		if s.Comms = kept; !tellable(strings.Join(kept, " ")) {
			s.Comms = nil
		}
	}
	if s.Origin != OriginHost && s.Origin != OriginContainer {
		s.Origin = ""
	}
	s.Paths = cutAll(s.Paths)
	return s, true
}

// tellable reports whether JSON holds a text as it is. U+FFFD may stand for
// bytes that it could not.
func tellable(text string) bool { return !strings.ContainsRune(text, utf8.RuneError) }

// cutAll returns the beginnings of paths that can be told; nil where any path
// will do.
func cutAll(paths []string) []string {
	var all []string
	for _, path := range paths {
		path = cut(path)
		if path == "" {
			return nil
		}
		all = append(all, path)
	}
	return all
}

// cut returns the beginning of a path that can be told. It ends between two
// characters.
func cut(path string) string {
	if at := strings.IndexFunc(path, func(r rune) bool { return r == 0 || r == utf8.RuneError }); at >= 0 {
		path = path[:at]
	}
	if len(path) <= MaxPath {
		return path
	}
	end := MaxPath
	for !utf8.RuneStart(path[end]) {
		end--
	}
	return path[:end]
}
