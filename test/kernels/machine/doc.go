// Package machine boots a kernel in QEMU, without KVM, and hands over what the
// guest says on its serial port.
//
// It must not know what the guest does; package guest does it, package wire
// is what both say.
package machine
