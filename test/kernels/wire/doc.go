// Package wire is what a guest and its host say to each other: the job, a file
// in the guest, and frames, lines on the guest's serial port.
//
// The kernel writes to the same port, so every frame carries its number and a
// checksum: a line that was torn is an error, not a result that is missing.
// The package must not know what the programs are.
package wire
