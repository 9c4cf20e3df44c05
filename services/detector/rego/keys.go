package rego

import "github.com/open-policy-agent/opa/v1/ast"

// keys holds the keys inside the input document's members, made once: they are
// the same in every event, and topdown only reads them.
var keys = newKeyTable()

type keyTable struct {
	path             *ast.Term
	id               *ast.Term
	name             *ast.Term
	image            *ast.Term
	imageDigest      *ast.Term
	labels           *ast.Term
	podLabels        *ast.Term
	podName          *ast.Term
	podNamespace     *ast.Term
	podUID           *ast.Term
	podSandbox       *ast.Term
	containerStarted *ast.Term
	isCompat         *ast.Term
	argType          *ast.Term
	value            *ast.Term
}

func newKeyTable() keyTable {
	return keyTable{
		path:             ast.StringTerm("path"),
		id:               ast.StringTerm("id"),
		name:             ast.StringTerm("name"),
		image:            ast.StringTerm("image"),
		imageDigest:      ast.StringTerm("imageDigest"),
		labels:           ast.StringTerm("labels"),
		podLabels:        ast.StringTerm("podLabels"),
		podName:          ast.StringTerm("podName"),
		podNamespace:     ast.StringTerm("podNamespace"),
		podUID:           ast.StringTerm("podUID"),
		podSandbox:       ast.StringTerm("podSandbox"),
		containerStarted: ast.StringTerm("containerStarted"),
		isCompat:         ast.StringTerm("isCompat"),
		argType:          ast.StringTerm("type"),
		value:            ast.StringTerm("value"),
	}
}
