// Package weir holds no code: it is the root of the module, where the rules
// about the whole tree are tested (arch_test.go: who may import whom, which
// constructs are banned, how large things may become; docs_test.go: that the
// commands in the documents exist).
//
// Nothing may be added here. The programs are in cmd, the stages in services,
// the messages between them in schemas, what they stand on in internal.
package weir
