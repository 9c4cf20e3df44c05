package run

import (
	"fmt"
	"runtime"
)

// version is set by the linker: -X github.com/weirsec/weir/internal/run.version=v1.2.3.
var version = "devel"

// Version returns the version of this build, "devel" where nobody named it.
func Version() string { return version }

// VersionLine returns the line that --version and version commands print.
func VersionLine(binary string) string {
	return fmt.Sprintf("%s %s (%s, %s/%s)", binary, version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
