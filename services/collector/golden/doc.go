// Package golden holds one recording of the kernel's records for each family of
// events, and the events that they must decode to for ever: what the kernel
// tells is tested where there is no kernel to ask.
//
// TestGolden plays the recordings; it fails for an event of the catalogue that
// none of them has. With -update, as root, it performs what is missing and
// records it. A syscall needs nothing else: one that nobody has written an
// action for is called with arguments that it refuses. Other events need an
// action in actions_test.go that causes them. Recordings that lack nothing stay
// as they are; to make one anew, remove it first.
//
// The package must not hold anything of the machine that a recording was made
// on: neither its name, nor its paths, nor anybody's environment.
package golden
