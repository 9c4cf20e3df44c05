package rego

import (
	"context"
	"crypto/sha256"
	"io"
	"slices"
	"strconv"
	"sync"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/problem"
)

// contentKey identifies all that goes into a file or a program: its name and its
// text and, of a program, those of the libraries that it needs.
type contentKey [sha256.Size]byte

// cached is a program with the warnings that it was loaded with.
type cached struct {
	program  engine.Program
	problems []problem.Problem
}

// memory is what one Load of a directory made: files as they were parsed, and
// programs.
type memory struct {
	files    map[contentKey]parsed
	programs map[contentKey]cached
}

func newMemory() memory {
	return memory{files: make(map[contentKey]parsed), programs: make(map[contentKey]cached)}
}

// cache keeps what the last Load of each directory made, so that the next one
// parses and compiles only what has changed. It holds no more than is loaded.
type cache struct {
	mu          sync.Mutex
	directories map[string]memory
}

// of returns what is known of a directory. It is not changed any more.
func (c *cache) of(prefix string) memory {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.directories[prefix]
}

// keep puts what was used of a directory in the place of what was known.
func (c *cache) keep(prefix string, used memory) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.directories == nil {
		c.directories = make(map[string]memory)
	}
	if len(used.files) == 0 {
		delete(c.directories, prefix)
		return
	}
	c.directories[prefix] = used
}

// Forget drops what is kept of a directory that is not loaded any more.
func (l *Loader) Forget(prefix string) { l.cache.keep(prefix, memory{}) }

// parse returns the file as the same text was parsed before, or parses it. The
// compiler works on copies, so that modules stay as they are.
func (d *directory) parse(s source) (parsed, error) {
	key := keyOf(s)
	p, ok := d.known.files[key]
	if !ok {
		var err error
		if p, err = parse(s, d.caps); err != nil {
			return p, err
		}
	}
	d.used.files[key] = p
	return p, nil
}

// recall returns the program that the same content made before, with its
// warnings, or loads it.
func (d *directory) recall(ctx context.Context, p parsed) engine.Program {
	key := d.key(p)
	found, ok := d.known.programs[key]
	if ok {
		d.problems = append(d.problems, found.problems...)
	} else {
		before := len(d.problems)
		found.program = d.load(ctx, p)
		found.problems = slices.Clone(d.problems[before:])
	}
	if found.program == nil {
		return nil
	}
	d.used.programs[key] = found
	return found.program
}

// key identifies the content of a signature. Which libraries are needed may
// depend on the dialect.
func (d *directory) key(p parsed) contentKey {
	sources := []source{p.source}
	for _, m := range p.modules {
		for _, l := range needed(m, d.libraries) {
			sources = append(sources, l.source)
		}
	}
	return keyOf(sources...)
}

// keyOf hashes names and texts.
func keyOf(sources ...source) contentKey {
	h := sha256.New()
	for _, s := range sources {
		for _, text := range []string{s.name, s.text} {
			// Writing to a hash cannot fail.
			_, _ = io.WriteString(h, strconv.Itoa(len(text))+":")
			_, _ = io.WriteString(h, text)
		}
	}
	return contentKey(h.Sum(nil))
}
