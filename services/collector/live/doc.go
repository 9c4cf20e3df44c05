// Package live puts together what watches the machine it runs on: the kernel
// programs, the snapshot of what was there before them, and the collector that
// publishes both.
//
// It must not know the broker or decide which events are wanted: a main hands
// it a publisher and tells it the interest.
package live
