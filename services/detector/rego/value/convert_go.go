package value

import (
	"encoding/json"
	"fmt"
)

// Go returns the value as encoding/json would read it, with numbers as
// json.Number. Nothing of it refers to an event. It is an error where an
// object's key is a collection with no text of its own to show.
func (v Value) Go() (any, error) {
	switch v.Kind() {
	case KindBool:
		return v.num != 0, nil
	case KindInt, KindNumber:
		return json.Number(clone(v.numberText())), nil
	case KindString:
		return clone(v.text()), nil
	case KindArray, KindSet:
		list := make([]any, 0, v.Len())
		for it := Iterate(v); ; {
			_, x, ok := it.Next()
			if !ok {
				return list, nil
			}
			converted, err := x.Go()
			if err != nil {
				return nil, err
			}
			list = append(list, converted)
		}
	case KindObject:
		return v.Document()
	default:
		return nil, nil
	}
}

// Document returns an object as Go does.
func (v Value) Document() (map[string]any, error) {
	if v.Kind() != KindObject {
		return nil, fmt.Errorf("not an object: %s", v.AST())
	}
	document := make(map[string]any, v.Len())
	for it := Iterate(v); ; {
		k, x, ok := it.Next()
		if !ok {
			return document, nil
		}
		name, err := k.keyText()
		if err != nil {
			return nil, err
		}
		if document[name], err = x.Go(); err != nil {
			return nil, err
		}
	}
}

// keyText is the key of a JSON object, whose keys are texts: other values are
// written out, as OPA does.
func (v Value) keyText() (string, error) {
	if text, ok := v.Text(); ok {
		return clone(text), nil
	}
	converted, err := v.Go()
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(converted)
	if err != nil {
		return "", fmt.Errorf("write a key: %w", err)
	}
	return string(text), nil
}

// clone copies a text, which may be part of a message that is not kept.
func clone(text string) string { return string([]byte(text)) }
