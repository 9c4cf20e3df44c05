package bpf

import (
	"encoding/binary"
	"strings"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/interest"
)

// commMax is how many bytes of a thread's name the kernel keeps.
const commMax = 15

// maxAlternatives is how many scopes of one event the kernel can tell apart.
// All bits set means that nothing is asked for.
const maxAlternatives = 63

// compiledScope is what the kernel knows of one event's scopes: each is a bit.
type compiledScope struct {
	scope fastWeirScope
	comms map[string]uint64
	uids  map[uint32]uint64
	paths map[string]uint64
}

// compileScopes turns the scopes of an event into masks. Without scopes, or
// with too many, every event passes.
func compileScopes(e *catalogue.Event, list []interest.Scope) compiledScope {
	c := compiledScope{comms: map[string]uint64{}, uids: map[uint32]uint64{}, paths: map[string]uint64{}}
	if len(list) == 0 || len(list) > maxAlternatives {
		return c
	}
	for i, s := range list {
		bit := uint64(1) << i
		c.scope.All |= bit
		c.addComms(s.Comms, bit)
		c.addUIDs(s.UIDs, bit)
		c.addPaths(e, s.Paths, bit)
		if s.Origin != interest.OriginContainer {
			c.scope.Host |= bit
		}
		if s.Origin != interest.OriginHost {
			c.scope.Container |= bit
		}
	}
	c.addHeads()
	// A longer prefix is found instead of the shorter ones that it begins with.
	for path := range c.paths {
		for shorter, mask := range c.paths {
			if strings.HasPrefix(path, shorter) {
				c.paths[path] |= mask
			}
		}
	}
	return c
}

func (c *compiledScope) addComms(comms []string, bit uint64) {
	if len(comms) == 0 {
		c.scope.Comm |= bit
	}
	for _, comm := range comms {
		c.comms[comm[:min(len(comm), commMax)]] |= bit
	}
}

func (c *compiledScope) addUIDs(uids []uint32, bit uint64) {
	if len(uids) == 0 {
		c.scope.Uid |= bit
	}
	for _, uid := range uids {
		c.uids[uid] |= bit
	}
}

func (c *compiledScope) addPaths(e *catalogue.Event, paths []string, bit uint64) {
	if len(paths) == 0 || e.Path == "" {
		c.scope.Path |= bit
		return
	}
	for _, path := range paths {
		c.paths[path[:min(len(path), prefixMax)]] |= bit
	}
}

// headMax is how many bytes of a path are compared before it is put together.
const headMax = 8

// headOf is how a wanted path begins: up to its second slash, because of the path
// of a file the kernel program knows the first name then and nothing more.
func headOf(path string) string {
	path = path[:min(len(path), headMax)]
	if i := strings.IndexByte(path[min(1, len(path)):], '/'); i >= 0 {
		path = path[:i+2]
	}
	return path
}

// addHeads notes how the wanted paths begin, where they begin in few enough ways.
// A path that does not begin at the root is of a pseudo file, which the program
// does not judge by its head.
func (c *compiledScope) addHeads() {
	n := 0
	seen := map[string]bool{}
	_, all := c.paths[""]
	for path := range c.paths {
		head := headOf(path)
		if seen[head] || !strings.HasPrefix(head, "/") {
			continue
		}
		if all || n == len(c.scope.Heads) {
			clear(c.scope.Heads[:])
			clear(c.scope.HeadBits[:])
			return
		}
		seen[head] = true
		var text, bits [headMax]byte
		copy(text[:], head)
		for i := range head {
			bits[i] = 0xff
		}
		c.scope.Heads[n] = binary.LittleEndian.Uint64(text[:])
		c.scope.HeadBits[n] = binary.LittleEndian.Uint64(bits[:])
		n++
	}
}
