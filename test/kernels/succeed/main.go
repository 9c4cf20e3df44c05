// Command succeed is /bin/true in a guest: a program of its own, where that of
// busybox works only under its own name.
package main

func main() {}
