// Command wrongtype is a plugin that exports something else.
package main

// ExportedSignatures is no list of signatures.
var ExportedSignatures = map[string]int{}

func main() {}
