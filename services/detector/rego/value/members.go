package value

import (
	"slices"

	"github.com/weirsec/weir/schemas/event"
)

// member is one key of a view with its value.
type member struct {
	key, text string
	labels    *event.Labels
}

// Member returns the value of an object's key, undefined where it has none.
func (v Value) Member(name string) Value {
	switch v.kind {
	case viewRoot:
		if f, ok := FieldOf(name); ok {
			return v.event().Field(f)
		}
	case viewArg:
		return v.argMember(name)
	case viewFlags:
		return v.flag(name)
	case viewPairs:
		// The last one of a key counts, as when JSON is read.
		for i := len(v.texts()) - 2; i >= 0; i -= 2 {
			if v.texts()[i] == name {
				return String(v.texts()[i+1])
			}
		}
	case viewExecutable:
		if name == "path" {
			return String(valid(v.event().event.Context.Executable))
		}
	case viewContainer, viewKubernetes:
		return v.optional(name)
	case KindObject:
		return v.Object().Get(String(name))
	}
	return Value{}
}

func (v Value) argMember(name string) Value {
	e, i := v.event(), int(v.num)
	switch name {
	case "name":
		return String(valid(e.event.Shape.Args[i].Name))
	case "type":
		return String(valid(e.argType(i)))
	case "value":
		return e.arg(i)
	default:
		return Value{}
	}
}

func (v Value) flag(name string) Value {
	switch name {
	case "containerStarted":
		return Bool(v.event().event.Context.ContainerStarted)
	case "isCompat":
		return Bool(v.event().event.Compat)
	default:
		return Value{}
	}
}

// optional returns a member of an object that leaves out what is empty.
func (v Value) optional(name string) Value {
	for _, m := range v.optionals() {
		if m.key == name && !m.empty() {
			return m.value()
		}
	}
	return Value{}
}

// podSandbox is the only optional member that is a truth value.
const podSandbox = "podSandbox"

func (m *member) empty() bool { return m.text == "" && m.labels.Len() == 0 }

func (m *member) value() Value {
	switch {
	case m.key == podSandbox:
		return Bool(true)
	case m.labels != nil:
		return ofPairs(m.labels.Pairs)
	default:
		return String(valid(m.text))
	}
}

// optionals are the members of the container or pod, in order.
func (v Value) optionals() []member {
	c := v.event().event.Context
	if v.kind == viewContainer {
		k := &c.Container
		return []member{
			{key: "id", text: k.ID},
			{key: "image", text: k.Image},
			{key: "imageDigest", text: k.ImageDigest},
			{key: "labels", labels: k.Labels},
			{key: "name", text: k.Name},
		}
	}
	k := &c.Kubernetes
	sandbox := ""
	if k.PodSandbox {
		sandbox = podSandbox
	}
	return []member{
		{key: "podLabels", labels: k.PodLabels},
		{key: "podName", text: k.PodName},
		{key: "podNamespace", text: k.PodNamespace},
		{key: podSandbox, text: sandbox},
		{key: "podUID", text: k.PodUID},
	}
}

// keys returns the keys of a view in OPA's order.
func (v Value) viewKeys() []string {
	var keys []string
	switch v.kind {
	case viewRoot:
		for f, name := range fieldNames {
			if v.event().Field(Field(f)).Defined() {
				keys = append(keys, name)
			}
		}
	case viewArg:
		return []string{"name", "type", "value"}
	case viewFlags:
		return []string{"containerStarted", "isCompat"}
	case viewExecutable:
		return []string{"path"}
	case viewPairs:
		list := v.texts()
		for i := 0; i+1 < len(list); i += 2 {
			keys = append(keys, list[i])
		}
		slices.Sort(keys)
		return slices.Compact(keys)
	case viewContainer, viewKubernetes:
		for _, m := range v.optionals() {
			if !m.empty() {
				keys = append(keys, m.key)
			}
		}
	}
	return keys
}

// members returns how many keys a view has.
func (v Value) members() int {
	if !v.IsCollection() {
		return 0
	}
	return len(v.viewKeys())
}

// member returns key and value i of a view.
func (v Value) member(i int) (key, val Value) {
	name := v.viewKeys()[i]
	return String(name), v.Member(name)
}
