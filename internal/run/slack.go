package run

import "runtime"

// keepSlack has garbage lie until there is that much of it, in bytes, beside as
// much as there is memory in use: a service that keeps little and makes much would
// be collecting all the time. It is memory that nothing is ever written to, which
// therefore takes none; what the runtime reports as its heap includes it. Whoever
// sets limits of their own keeps them. It returns how much that is now, and lasts until
// release is called.
func keepSlack(size int, getenv func(string) string) (kept int, release func()) {
	if size <= 0 || getenv("GOGC") != "" || getenv("GOMEMLIMIT") != "" {
		return 0, func() {}
	}
	untouched := make([]byte, size)
	return size, func() { runtime.KeepAlive(untouched) }
}
