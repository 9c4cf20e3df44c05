// Package inside says what of Weir's kernel programs works on the kernel that
// it runs on: as attributes of its tests, from which package kernels makes the
// tables of docs/kernels.md.
//
// It must not perform events: the tests beside the code do that.
package inside
