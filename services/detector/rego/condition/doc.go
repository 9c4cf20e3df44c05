// Package condition finds out what a Rego signature asks of an event, without
// running it: which texts must be where for any body of its match to succeed.
//
// It reads the checked syntax tree, follows the functions that bodies call, and
// gives up where it does not understand, which makes a signature slower but
// never wrong. It must not evaluate anything.
package condition
