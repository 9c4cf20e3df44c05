// Package initrd writes the file system that a kernel unpacks into memory
// before it runs /init: an archive in the "newc" format of cpio, as described
// in the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.
//
// It must not decide what is in the archive.
package initrd
