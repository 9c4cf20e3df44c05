// Package sigfmt brings Rego files into OPA's form, and old ones into the
// current dialect.
//
// It must never change what a file means: what it made is parsed again and
// compared, and where that differs the file is left alone.
package sigfmt
