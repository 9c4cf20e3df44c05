// Package schemas holds the documents about all messages that cross a process
// border: asyncapi.yaml says on which subjects they travel. The messages
// themselves are defined in the packages below.
//
// The package has no code of its own and must not get any: what describes a
// contract must not depend on what implements it.
package schemas
