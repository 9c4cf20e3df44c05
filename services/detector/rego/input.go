package rego

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/weirsec/weir/schemas/event"
)

func inputTerm(e *event.Event) *ast.Term { return ast.NullTerm() }
