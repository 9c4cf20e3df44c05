package rego

import (
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/schemas/event"
)

// inputTerm is an event as an OPA value: what one gets by reading the text of
// event.AppendJSON, without the text, and without the keys that nobody needs.
func inputTerm(e *event.Event, n needs) *ast.Term {
	items := make([][2]*ast.Term, 0, len(fields))
	for i := range fields {
		if !n.has(i) {
			continue
		}
		if value := fields[i].value(e); value != nil {
			items = append(items, ast.Item(fields[i].key, value))
		}
	}
	return ast.ObjectTerm(items...)
}

func executableTerm(e *event.Event) *ast.Term {
	return ast.ObjectTerm(ast.Item(keys.path, textTerm(e.Context.Executable)))
}

func containerTerm(e *event.Event) *ast.Term {
	c := &e.Context.Container
	term := textsObject(
		keyText{keys.id, c.ID}, keyText{keys.name, c.Name},
		keyText{keys.image, c.Image}, keyText{keys.imageDigest, c.ImageDigest})
	insertLabels(term, keys.labels, c.Labels)
	return term
}

func kubernetesTerm(e *event.Event) *ast.Term {
	k := &e.Context.Kubernetes
	term := textsObject(
		keyText{keys.podName, k.PodName}, keyText{keys.podNamespace, k.PodNamespace}, keyText{keys.podUID, k.PodUID})
	if object, ok := term.Value.(ast.Object); ok && k.PodSandbox {
		object.Insert(keys.podSandbox, ast.InternedTerm(true))
	}
	insertLabels(term, keys.podLabels, k.PodLabels)
	return term
}

// insertLabels adds labels to an object, where there are any.
func insertLabels(to, key *ast.Term, labels *event.Labels) {
	if object, ok := to.Value.(ast.Object); ok && labels.Len() > 0 {
		object.Insert(key, mapTerm(labels.Pairs))
	}
}

// textsObject is an object of the texts that are not empty.
func textsObject(texts ...keyText) *ast.Term {
	items := make([][2]*ast.Term, 0, len(texts))
	for _, t := range texts {
		if t.text != "" {
			items = append(items, ast.Item(t.key, textTerm(t.text)))
		}
	}
	return ast.ObjectTerm(items...)
}

// keyText is a key with its text.
type keyText struct {
	key  *ast.Term
	text string
}

func policiesTerm(e *event.Event) *ast.Term {
	if e.Extra == nil || len(e.Extra.MatchedPolicies) == 0 {
		return nil
	}
	return textsTerm(e.Extra.MatchedPolicies)
}

func stackTerm(e *event.Event) *ast.Term {
	if e.Extra == nil || e.Extra.StackAddresses == nil {
		return ast.NullTerm()
	}
	list := make([]*ast.Term, 0, len(e.Extra.StackAddresses))
	for _, a := range e.Extra.StackAddresses {
		list = append(list, uintTerm(a))
	}
	return ast.ArrayTerm(list...)
}

func flagsTerm(e *event.Event) *ast.Term {
	return ast.ObjectTerm(
		ast.Item(keys.containerStarted, ast.InternedTerm(e.Context.ContainerStarted)),
		ast.Item(keys.isCompat, ast.InternedTerm(e.Compat)))
}

func metadataTerm(e *event.Event) *ast.Term {
	if e.Extra == nil || len(e.Extra.Metadata) == 0 {
		return nil
	}
	return jsonTerm(string(e.Extra.Metadata))
}

func argsTerm(e *event.Event) *ast.Term {
	list := make([]*ast.Term, len(e.Shape.Args))
	for i := range e.Shape.Args {
		value, typ := e.Parsed(i)
		list[i] = ast.ObjectTerm(
			ast.Item(keys.name, textTerm(e.Shape.Args[i].Name)),
			ast.Item(keys.argType, textTerm(typ)),
			ast.Item(keys.value, valueTerm(value)))
	}
	return ast.ArrayTerm(list...)
}

// valid returns a text as JSON can hold it: each byte that is not UTF-8 becomes
// U+FFFD.
func valid(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return string([]rune(text))
}

func textTerm(text string) *ast.Term { return ast.StringTerm(valid(text)) }

func textsTerm(texts []string) *ast.Term {
	list := make([]*ast.Term, len(texts))
	for i, text := range texts {
		list[i] = textTerm(text)
	}
	return ast.ArrayTerm(list...)
}
