// Package terminal shows a finding to a person: what was found, where, in which
// chain of processes, and whether the evidence is complete.
//
// Nearly everything it prints was chosen by whoever is being watched: names of
// files and processes, arguments, even data of signatures. So each text passes
// through event.Printable on its way out, and no other escape sequences reach
// the terminal than those that this package writes itself.
//
// It must not decide what is shown to machines: that is the CloudEvent, as it
// is.
package terminal
