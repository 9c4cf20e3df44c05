// Package kernels runs test binaries in virtual machines with the kernels that
// Weir supports, and some that it does not, and compares what works with
// tables that are kept in testdata and shown in docs/kernels.md.
//
//	make test-kernels                     # all
//	make test-kernels KERNELS="6.1 6.12"  # some
//	make test-kernels UPDATE=-update      # write the tables anew
//	CGO_ENABLED=0 go test -exec "$PWD/bin/onkernel -kernel 6.1" ./bpf
//
// A machine has /init of package guest, busybox, the test binaries, and all of
// the repository but its Go files below /src, so that tests find testdata.
//
// It must not test Weir itself: the tests beside the code and those of package
// inside do that, here and in the machines alike.
package kernels
