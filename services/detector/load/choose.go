package load

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/suggest"
	"github.com/weirsec/weir/signatures"
)

// choose keeps the programs whose id or event name is among names. A name that
// nothing has is an error that says what is near.
func choose(programs []engine.Program, names []string) ([]engine.Program, error) {
	var unknown []error
	for _, name := range names {
		if !slices.ContainsFunc(programs, func(p engine.Program) bool { return isNamed(p, name) }) {
			unknown = append(unknown, unknownName(programs, name))
		}
	}
	if len(unknown) > 0 {
		return nil, errors.Join(unknown...)
	}
	return slices.DeleteFunc(slices.Clone(programs), func(p engine.Program) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return isNamed(p, name) })
	}), nil
}

func isNamed(p engine.Program, name string) bool {
	m := p.Metadata()
	return name != "" && (m.ID == name || m.EventName == name)
}

func unknownName(programs []engine.Program, name string) error {
	for _, pack := range signatures.Packs() {
		if slices.Contains(pack.IDs, name) {
			return fmt.Errorf("no signature %q is loaded: it is in the pack %s, so add --pack %s", name, pack.Name, pack.Name)
		}
	}
	var names []string
	for _, p := range programs {
		m := p.Metadata()
		names = append(names, m.ID, m.EventName)
	}
	names = slices.DeleteFunc(names, func(s string) bool { return s == "" })
	slices.Sort(names)
	names = slices.Compact(names)
	if similar := suggest.Near(names, name); len(similar) > 0 {
		return fmt.Errorf("no signature %q: did you mean %s?", name, strings.Join(similar, " or "))
	}
	if len(names) == 0 {
		return fmt.Errorf("no signature %q: none is loaded", name)
	}
	return fmt.Errorf("no signature %q: there are %s", name, strings.Join(names[:min(len(names), 20)], ", "))
}
