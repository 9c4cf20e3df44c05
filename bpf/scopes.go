package bpf

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/interest"
)

const (
	prefixMax = 128
	// keyBits are those of a path's key before its text.
	keyBits = 32
)

// scopeWriter keeps the maps of scopes: two generations, of which one is in
// force and the other is written.
type scopeWriter struct {
	inForce uint32
	comms   [2][]fastScopeText
	uids    [2][]fastScopeId
	paths   [2][]fastScopePrefix
}

// write puts the scopes into the generation that is not in force and then puts
// it in force. Types without scopes are wanted whole.
func (w *scopeWriter) write(maps map[string]*ebpf.Map, scopes map[catalogue.Type][]interest.Scope) error {
	next := 1 - w.inForce
	if err := w.clear(maps, next); err != nil {
		return err
	}
	for e := range catalogue.All() {
		if err := w.writeType(maps, next, e, scopes[e.Type]); err != nil {
			return fmt.Errorf("scopes of %s: %w", e.Name, err)
		}
	}
	if err := maps[".data.scopes"].Put(uint32(0), next); err != nil {
		return err
	}
	w.inForce = next
	return nil
}

// clear removes what a generation had.
func (w *scopeWriter) clear(maps map[string]*ebpf.Map, g uint32) error {
	var errs []error
	gone := func(err error) {
		if !errors.Is(err, ebpf.ErrKeyNotExist) {
			errs = append(errs, err)
		}
	}
	for _, k := range w.comms[g] {
		gone(maps["scope_comms"].Delete(k))
	}
	for _, k := range w.uids[g] {
		gone(maps["scope_uids"].Delete(k))
	}
	for _, k := range w.paths[g] {
		gone(maps["scope_paths"].Delete(k))
	}
	w.comms[g], w.uids[g], w.paths[g] = nil, nil, nil
	return errors.Join(errs...)
}

func (w *scopeWriter) writeType(maps map[string]*ebpf.Map, g uint32, e *catalogue.Event, list []interest.Scope) error {
	t := compileScopes(e, list)
	for comm, mask := range t.comms {
		key := fastScopeText{Type: uint16(e.Type), Generation: uint8(g)}
		for i := range len(comm) {
			key.Comm[i] = int8(comm[i])
		}
		w.comms[g] = append(w.comms[g], key)
		if err := maps["scope_comms"].Put(key, mask); err != nil {
			return err
		}
	}
	for uid, mask := range t.uids {
		key := fastScopeId{Type: uint16(e.Type), Generation: uint8(g), Uid: uid}
		w.uids[g] = append(w.uids[g], key)
		if err := maps["scope_uids"].Put(key, mask); err != nil {
			return err
		}
	}
	for path, mask := range t.paths {
		key := fastScopePrefix{Bits: keyBits + 8*uint32(len(path)), Type: uint16(e.Type), Generation: uint8(g)}
		for i := range len(path) {
			key.Text[i] = int8(path[i])
		}
		w.paths[g] = append(w.paths[g], key)
		if err := maps["scope_paths"].Put(key, mask); err != nil {
			return err
		}
	}
	return maps["scopes"].Put(uint32(e.Type)+g*catalogue.MaxType, t.scope)
}
