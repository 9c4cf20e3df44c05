// Command nothing is a plugin without signatures.
package main

// Exported is not what is looked for.
var Exported = 1

func main() {}
