package run

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// StateDir returns where state goes when nobody says: systemd's state directory,
// or the XDG one of the user, or the system's for a process without a home.
// flag is what its error says is to be set.
func StateDir(flag string, getenv func(string) string, home func() (string, error)) (string, error) {
	// systemd gives several directories with colons between them.
	if dir, _, _ := strings.Cut(getenv("STATE_DIRECTORY"), ":"); dir != "" {
		return dir, nil
	}
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "weir"), nil
	}
	if dir, err := home(); err == nil {
		return filepath.Join(dir, ".local", "state", "weir"), nil
	}
	if os.Geteuid() == 0 {
		return "/var/lib/weir", nil
	}
	return "", fmt.Errorf("there is no home directory to keep state in: set --%s", flag)
}
