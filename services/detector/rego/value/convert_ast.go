package value

import (
	"encoding/json"

	"github.com/open-policy-agent/opa/v1/ast"
)

// FromAST returns a ground value of OPA's.
func FromAST(v ast.Value) Value {
	switch v := v.(type) {
	case ast.Null:
		return Null()
	case ast.Boolean:
		return Bool(bool(v))
	case ast.Number:
		return Number(string(v))
	case ast.String:
		return String(string(v))
	case *ast.Array:
		list := NewArray(v.Len())
		v.Foreach(func(t *ast.Term) { list.Append(FromAST(t.Value)) })
		return OfArray(list)
	case ast.Object:
		object := NewObject()
		v.Foreach(func(k, x *ast.Term) { object.Insert(FromAST(k.Value), FromAST(x.Value)) })
		return OfObject(object)
	case ast.Set:
		set := NewSet()
		v.Foreach(func(t *ast.Term) { set.Add(FromAST(t.Value)) })
		return OfSet(set)
	default:
		return Value{}
	}
}

// AST returns the value as one of OPA's, nil where it is undefined.
func (v Value) AST() ast.Value {
	switch v.Kind() {
	case KindNull:
		return ast.NullValue
	case KindBool:
		return ast.Boolean(v.num != 0)
	case KindInt, KindNumber:
		return ast.Number(json.Number(v.numberText()))
	case KindString:
		return ast.String(v.text())
	case KindArray:
		list := make([]*ast.Term, v.Len())
		for i := range list {
			list[i] = v.index(i).Term()
		}
		return ast.NewArray(list...)
	case KindObject:
		object := ast.NewObjectWithCapacity(v.Len())
		for it := Iterate(v); ; {
			k, x, ok := it.Next()
			if !ok {
				return object
			}
			object.Insert(k.Term(), x.Term())
		}
	case KindSet:
		list := make([]*ast.Term, v.Len())
		for i := range list {
			list[i] = v.Set().At(i).Term()
		}
		return ast.NewSet(list...)
	default:
		return nil
	}
}

// Term returns the value as a term of OPA's.
func (v Value) Term() *ast.Term {
	switch v.kind {
	case KindBool:
		return ast.InternedTerm(v.num != 0)
	case KindInt:
		if n := int64(v.num); int64(int(n)) == n {
			return ast.InternedTerm(int(n))
		}
	}
	return ast.NewTerm(v.AST())
}
