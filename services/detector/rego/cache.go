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

// contentKey identifies all that goes into a program: the name and the text of
// its file, and those of the libraries that it needs.
type contentKey [sha256.Size]byte

// cached is a program with the warnings that it was loaded with.
type cached struct {
	program  engine.Program
	problems []problem.Problem
}

// cache keeps the programs of the last Load of each directory, so that the next
// one compiles only what has changed. It holds no more than is loaded.
type cache struct {
	mu          sync.Mutex
	directories map[string]map[contentKey]cached
}

// of returns what is known of a directory. The map is not changed any more.
func (c *cache) of(prefix string) map[contentKey]cached {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.directories[prefix]
}

// keep puts what was used of a directory in the place of what was known.
func (c *cache) keep(prefix string, used map[contentKey]cached) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.directories == nil {
		c.directories = make(map[string]map[contentKey]cached)
	}
	if len(used) == 0 {
		delete(c.directories, prefix)
		return
	}
	c.directories[prefix] = used
}

// recall returns the program that the same content made before, with its
// warnings, or loads it.
func (d *directory) recall(ctx context.Context, p parsed) engine.Program {
	key := d.key(p)
	found, ok := d.known[key]
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
	d.used[key] = found
	return found.program
}

// key hashes the content. Which libraries are needed may depend on the dialect.
func (d *directory) key(p parsed) contentKey {
	h := sha256.New()
	add := func(s source) {
		for _, text := range []string{s.name, s.text} {
			// Writing to a hash cannot fail.
			_, _ = io.WriteString(h, strconv.Itoa(len(text))+":")
			_, _ = io.WriteString(h, text)
		}
	}
	add(p.source)
	for _, m := range p.modules {
		for _, l := range needed(m, d.libraries) {
			add(l.source)
		}
	}
	return contentKey(h.Sum(nil))
}
