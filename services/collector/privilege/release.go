package privilege

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// release is the version of a kernel.
type release struct{ major, minor int }

// before reports whether r is older than other.
func (r release) before(other release) bool {
	return r.major < other.major || r.major == other.major && r.minor < other.minor
}

// parseRelease reads what uname calls the release, "6.12.9-amd64".
func parseRelease(text string) (release, error) {
	var r release
	if _, err := fmt.Sscanf(text, "%d.%d", &r.major, &r.minor); err != nil || r.major < 0 || r.minor < 0 {
		return release{}, fmt.Errorf("kernel release %q: want two numbers, such as 6.12", text)
	}
	return r, nil
}

// running returns the version of the kernel that runs here.
func running() (release, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return release{}, fmt.Errorf("uname: %w", err)
	}
	return parseRelease(unix.ByteSliceToString(u.Release[:]))
}
