// Package redact masks secrets in the argument lists and environments of
// processes: passwords, tokens and keys given as options, variables, headers,
// in URLs and by their well-known shapes.
//
// It must not look anything up, and what it leaves must stay useful for
// detection: only the value is masked, the name and everything around it stay,
// so that nobody hides a command behind the word "password". It cannot know
// each program's habits: it lowers the risk and is no guarantee.
package redact
