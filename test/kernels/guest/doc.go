// Command guest is /init in a virtual machine: it prepares a system as tests
// expect it, runs the programs of its job one after the other, sends what they
// print and how they end as frames through the serial port, and switches the
// machine off.
//
// It must not judge what the programs say.
package main
