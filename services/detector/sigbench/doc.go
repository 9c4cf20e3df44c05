// Package sigbench measures what each signature costs on given events, alone
// and together, and ranks them.
//
// It must not choose the signatures or read files: it is given sets and events.
// Its figures are of this machine at this moment; compare them only with others
// of the same run.
package sigbench
