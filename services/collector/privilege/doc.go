// Package privilege knows which capabilities the collector needs: what each is
// for, what is lost without it, and until when it is needed. It checks them at
// the start and gives up, for every thread of the process, those that are not
// needed any more.
//
// It is the only place that names capabilities; units, documents and the table
// of "weir doctor" are held against it by tests. It must not know kernel
// programs or sources: whoever holds those says what it still needs.
package privilege
