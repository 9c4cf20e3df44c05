// Package snapshot is the source of what was there before the probe: the
// processes in /proc and the directories of cgroups, as records.
//
// It runs after the probe is attached, so that nothing falls between the two; a
// process may therefore be told of twice. Start times come from /proc in ticks
// of 10 ms, which is all that entity ids are made of.
//
// It must not need eBPF, and it does not look at threads: a thread that matters
// makes events of its own.
package snapshot
