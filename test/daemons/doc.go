// Package daemons starts real container daemons for tests, each with sockets
// and directories of its own: Debian's dockerd, and containerd with its CRI
// plugin. Images are made here, so that nothing is pulled; containers share the
// host's network, so that neither iptables nor CNI is needed.
//
// It must not use daemons that run on the machine already. Where a daemon is
// not installed a test is skipped, or fails if WEIR_REQUIRE has "docker" in it.
package daemons
