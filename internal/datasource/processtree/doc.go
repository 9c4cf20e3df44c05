// Package processtree keeps the processes and threads of one node as its events
// tell them: who forked whom, what each executed, what it was called and when it
// ended. It answers for the time of an event, not for the present, and gives the
// same answers whatever order the events came in.
//
// Two sides use it. The enricher gives it all events of a node (Apply) and takes
// the lineage of each (LineageOf). Who sees only some events, with their
// lineages, learns from those too (Seen, Adopt). Both answer signatures (Get) by
// Tracee's contract, whose gaps are filled: containers, arguments, times of execs
// and more about files. Hashes of files stay "": nobody reads the files.
//
// It must not read /proc or a clock, and must not keep strings of the events
// that it is given: they belong to whole messages. It is not safe for
// concurrent use; the lineages and answers that it hands out are. Memory is
// bounded by bytes, and what is left out is counted (Counts). State and Restore
// carry all of it over to another process.
package processtree
