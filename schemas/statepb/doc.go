// Package statepb has what stages put into their checkpoints (weir.state.v1),
// so that whoever takes a partition over knows what its last owner knew. One
// file for each thing that is remembered.
//
// It is a contract between one version of a stage and the next one, not a public
// one: fields are only ever added, and who reads it must cope with any bytes. It
// must not hold logic; who remembers something says how in its own package.
package statepb
