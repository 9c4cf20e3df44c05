// Package attack performs harmless attacks, one file each, so that people and
// tests can see Weir notice them.
//
// Each attack makes its real syscalls from a child process: Weir never looks at
// its own processes, but at everybody else's. The child is the running program
// started again; its main must therefore call Child before anything else.
//
// An attack must leave the machine as it found it, may be repeated at will and
// must not need the network. Only cmd/weir-generator and the test module may
// import this package: nothing that detects attacks carries code for them.
package attack
