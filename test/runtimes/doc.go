// Package runtimes tests how the collector follows container runtimes, against
// real ones: dockerd and containerd of package daemons.
//
// It must not replace a runtime by a fake; how answers are read that no daemon
// here gives is tested next to the code.
package runtimes
