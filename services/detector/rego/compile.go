package rego

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// compiled is a signature with its libraries, checked by OPA.
type compiled struct {
	compiler *ast.Compiler
	module   *ast.Module
	digest   string
	// builtinHelpers says that data.tracee.helpers is the built-in library.
	builtinHelpers bool
}

// compile checks a signature together with the libraries that it needs. A file
// that both dialects can read is taken for v1, or for v0 where only v0 accepts
// what it means.
func compile(p parsed, libraries []parsed, caps *ast.Capabilities) (*compiled, ast.Errors) {
	var first ast.Errors
	for i, m := range p.modules {
		used := needed(m, libraries)
		modules := map[string]*ast.Module{p.name: m}
		for _, l := range used {
			modules[l.name] = l.modules[0]
		}
		c := ast.NewCompiler().WithCapabilities(caps).WithDefaultRegoVersion(p.dialects[i])
		if c.Compile(modules); !c.Failed() {
			return &compiled{
				compiler: c, module: m, digest: digest(p, used),
				builtinHelpers: slices.ContainsFunc(used, func(l parsed) bool { return l.name == builtinName }),
			}, nil
		}
		if first == nil {
			first = c.Errors
		}
	}
	return nil, first
}

// digest identifies a signature by its text and that of its libraries; where
// the files lie does not matter.
func digest(p parsed, used []parsed) string {
	texts := []string{p.text}
	for _, l := range used {
		texts = append(texts, l.text)
	}
	slices.SortFunc(texts[1:], strings.Compare)
	h := sha256.New()
	for _, text := range texts {
		sum := sha256.Sum256([]byte(text))
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
