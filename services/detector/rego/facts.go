package rego

import (
	"errors"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"

	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// hostKey is what the host of an instance is called among what OPA hands on to
// functions.
const hostKey = "weir.host"

// maxLineage is how many ancestors weir.lineage gives at most.
const maxLineage = 64

// The names of the functions.
const (
	factContainer = "weir.container"
	factLineage   = "weir.lineage"
	factDNS       = "weir.dns"
	factAny       = "weir.datasource.get"
)

// facts are Weir's own functions, by which signatures in Rego ask data sources.
// They change nothing, never wait unless the source is a plugin's, and are undefined
// where nothing is known.
func facts() []*topdown.Builtin {
	object := types.NewObject(nil, types.NewDynamicProperty(types.S, types.A))
	return []*topdown.Builtin{
		fact(factContainer, types.Args(types.S), object, func(h sdk.Host, args []*ast.Term) (any, error) {
			id, err := textOf(args[0])
			if err != nil {
				return nil, err
			}
			return ask(h, datasource.Containers, id)
		}),
		fact(factLineage, types.Args(types.N, types.N), types.NewArray(nil, object), lineage),
		fact(factDNS, types.Args(types.S), object, func(h sdk.Host, args []*ast.Term) (any, error) {
			name, err := textOf(args[0])
			if err != nil {
				return nil, err
			}
			return ask(h, datasource.DNS, name)
		}),
		fact(factAny, types.Args(types.S, types.S, types.S), object, lookUp),
	}
}

// fact makes a function of OPA's of one that asks a host.
func fact(
	name string, args []types.Type, result types.Type, get func(h sdk.Host, args []*ast.Term) (any, error),
) *topdown.Builtin {
	return &topdown.Builtin{
		Decl: &ast.Builtin{Name: name, Decl: types.NewFunction(args, result)},
		Func: func(b topdown.BuiltinContext, args []*ast.Term, iter func(*ast.Term) error) error {
			host, ok := b.RequestMetadata[hostKey].(sdk.Host)
			if !ok {
				return nil
			}
			found, err := get(host, args)
			switch {
			case errors.Is(err, sdk.ErrDataNotFound):
				return nil
			case err != nil:
				return fmt.Errorf("%s: %w", name, err)
			}
			v, err := ast.InterfaceToValue(found)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return iter(ast.NewTerm(v))
		},
	}
}

// lookUp looks a text up in any source: of a plugin, of a bucket, or Weir's own.
func lookUp(h sdk.Host, args []*ast.Term) (any, error) {
	var texts [3]string
	for i := range texts {
		var err error
		if texts[i], err = textOf(args[i]); err != nil {
			return nil, err
		}
	}
	s, ok := h.DataSource(texts[0], texts[1])
	if !ok {
		return nil, fmt.Errorf("%s/%s: %w", texts[0], texts[1], sdk.ErrNoDataSource)
	}
	return s.Get(texts[2])
}

// ask looks a key up in one of Weir's own sources.
func ask(h sdk.Host, id string, key any) (map[string]any, error) {
	source, ok := h.DataSource(datasource.Namespace, id)
	if !ok {
		return nil, sdk.ErrDataNotFound
	}
	return source.Get(key)
}

// lineage is a process with its ancestors, the process first.
func lineage(h sdk.Host, args []*ast.Term) (any, error) {
	entity, ok := args[0].Value.(ast.Number)
	depth, also := args[1].Value.(ast.Number)
	id, whole := entity.Int64()
	ancestors, too := depth.Int64()
	if !ok || !also || !whole || !too || id < 0 || id > 1<<32-1 || ancestors < 0 {
		return nil, errors.New("want an entity id and a number of ancestors")
	}
	found, err := ask(h, datasource.ProcessTree, datasource.LineageKey{
		EntityID: uint32(id), MaxDepth: int(min(ancestors, maxLineage)),
	})
	if err != nil {
		return nil, err
	}
	processes, ok := found["process_lineage"].(datasource.ProcessLineage)
	if !ok {
		return nil, fmt.Errorf("the lineage is a %T", found["process_lineage"])
	}
	list := make([]any, 0, len(processes))
	for _, p := range processes {
		list = append(list, processDocument(&p.Info))
	}
	return list, nil
}

// processDocument is a process as signatures in Rego see it; times are Unix
// nanoseconds, 0 where they are not known.
func processDocument(p *datasource.ProcessInfo) map[string]any {
	document := map[string]any{
		"entity_id": p.EntityID, "parent_entity_id": p.ParentEntityID, "pid": p.PID, "ns_pid": p.NSPID, "ppid": p.PPID,
		"container_id": p.ContainerID, "executable": p.ExecutionBinary.Path, "cmd": slices.Clone(p.Cmd), "alive": p.IsAlive,
		"start_time": 0, "exec_time": 0,
	}
	if p.Cmd == nil {
		document["cmd"] = []string{}
	}
	if !p.StartTime.IsZero() {
		document["start_time"] = p.StartTime.UnixNano()
	}
	if !p.ExecTime.IsZero() {
		document["exec_time"] = p.ExecTime.UnixNano()
	}
	return document
}

// sourcesOf finds out which of Weir's data sources the functions in modules ask, by
// their ids, and whether they ask by a name that may be of any other.
func sourcesOf(modules map[string]*ast.Module) (found map[string]bool, others bool) {
	asked := map[string]string{
		factContainer: datasource.Containers, factLineage: datasource.ProcessTree, factDNS: datasource.DNS,
	}
	found = make(map[string]bool)
	visitor := ast.NewGenericVisitor(func(x any) bool {
		if ref, ok := x.(ast.Ref); ok {
			name := ref.String()
			if id := asked[name]; id != "" {
				found[id] = true
			}
			others = others || name == factAny
		}
		return false
	})
	for _, m := range modules {
		visitor.Walk(m)
	}
	return found, others
}

func textOf(t *ast.Term) (string, error) {
	text, ok := t.Value.(ast.String)
	if !ok {
		return "", errors.New("want a text")
	}
	return string(text), nil
}

// factsByName are the functions as topdown and machines take them.
func factsByName() map[string]*topdown.Builtin {
	byName := make(map[string]*topdown.Builtin)
	for _, f := range facts() {
		byName[f.Decl.Name] = f
	}
	return byName
}

// factDeclarations are the functions as the planner takes them.
func factDeclarations() []*rego.Function {
	var all []*rego.Function
	for _, f := range facts() {
		all = append(all, &rego.Function{Name: f.Decl.Name, Decl: f.Decl.Decl})
	}
	return all
}
