// Package target has OPA's own tools, above all its test runner, evaluate
// queries by compiled closures: it puts them into OPA's table of targets, once.
//
// It is for tools. Signatures at work are evaluated by package rego; nothing
// here is checked against topdown, which is the point of running tests on both.
package target
