package condition

import (
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/services/detector/prefilter"
)

// term returns what is known of a term.
func (s *scope) term(t *ast.Term) symbol {
	switch v := t.Value.(type) {
	case ast.Var:
		return s.vars[v]
	case ast.Ref:
		return s.ref(v)
	default:
		if ground(t) {
			return constantOf(t.Value)
		}
		return symbol{}
	}
}

// ref follows a reference.
func (s *scope) ref(ref ast.Ref) symbol {
	head, ok := ref[0].Value.(ast.Var)
	switch {
	case !ok:
		return symbol{}
	case ref.HasPrefix(ast.DefaultRootRef):
		return s.data(ref)
	case ref.HasPrefix(ast.InputRootRef):
		return s.follow(symbol{kind: input}, ref[1:])
	default:
		return s.follow(s.vars[head], ref[1:])
	}
}

// data finds the rule that a reference begins with, and follows the rest.
func (s *scope) data(ref ast.Ref) symbol {
	for n := len(ref); n > 1; n-- {
		if len(s.compiler.GetRulesExact(ref[:n])) > 0 {
			return s.follow(s.rule(ref[:n], nil), ref[n:])
		}
	}
	return symbol{}
}

// follow takes the steps of a reference one after the other.
func (s *scope) follow(from symbol, steps ast.Ref) symbol {
	for _, t := range steps {
		from = s.step(from, t)
	}
	return from
}

func (s *scope) step(from symbol, t *ast.Term) symbol {
	at := s.term(t)
	key, named := at.text()
	switch from.kind {
	case input:
		if named {
			return s.field(key)
		}
	case object:
		if named {
			return inner(from.key, key)
		}
	case args:
		if v, ok := t.Value.(ast.Var); ok && at.kind == unknown {
			return symbol{kind: arg, index: index{s.number, v}}
		}
	case arg:
		if named {
			return s.ofArg(from.index, key)
		}
	case place:
		return deeper(from, at, key, named)
	case constant:
		return ofConstant(from, at)
	case choice:
		result := symbol{kind: choice}
		for _, w := range from.ways {
			result.ways = append(result.ways, way{w.condition, s.step(w.symbol, t)})
		}
		return result
	}
	return symbol{}
}

// field is a member of the event.
func (s *scope) field(key string) symbol {
	switch key {
	case "eventName":
		return constantOf(ast.String(s.event))
	case "args":
		return symbol{kind: args}
	case "processName":
		return placeOf(prefilter.ProcessName, "")
	case "containerId":
		return placeOf(prefilter.ContainerID, "")
	case "syscall":
		return placeOf(prefilter.Syscall, "")
	case "executable", "container":
		return symbol{kind: object, key: key}
	default:
		return symbol{}
	}
}

// inner is a member of an object in the event.
func inner(object, key string) symbol {
	switch object + "." + key {
	case "executable.path":
		return placeOf(prefilter.Executable, "")
	case "container.id":
		return placeOf(prefilter.ContainerID, "")
	default:
		return symbol{}
	}
}

// ofArg is a member of the argument with that index. Its value is a place where
// the body says what its name is.
func (s *scope) ofArg(at index, key string) symbol {
	switch key {
	case "name":
		return symbol{kind: arg, index: at, key: key}
	case "value":
		if name, ok := s.names[at]; ok {
			return placeOf(prefilter.Arg, name)
		}
	}
	return symbol{}
}

// deeper is a step into an argument: an element of a list, or a member.
func deeper(from, at symbol, key string, named bool) symbol {
	switch {
	case from.folded || from.place.Source != prefilter.Arg:
		return symbol{}
	case named:
		from.place.Source, from.place.Key = prefilter.Member, key
		return from
	case at.kind == unknown:
		from.place.Source = prefilter.Element
		return from
	default:
		return symbol{}
	}
}

// ofConstant is a step into a constant: any element of it, where the key is not
// known.
func ofConstant(from, at symbol) symbol {
	if at.kind != unknown {
		return symbol{}
	}
	list, ok := from.elements()
	if !ok {
		return symbol{}
	}
	return ofElements(list)
}
