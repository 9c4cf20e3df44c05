package hierarchy

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Hierarchy is one tree of cgroups.
type Hierarchy struct {
	// ID is its number in /proc/PID/cgroup; 0 for cgroup v2.
	ID int
	// Mount is the directory where its root is.
	Mount string
	// V1 is true for the v1 hierarchy with the pids controller.
	V1 bool
	// Unified is the directory of the root of cgroup v2, which may be another
	// hierarchy; "" where it is not mounted.
	Unified string
}

// Find returns the hierarchy to use on the machine whose /proc is at procDir.
func Find(procDir string) (Hierarchy, error) {
	mounts, err := os.ReadFile(filepath.Join(procDir, "self/mountinfo"))
	if err != nil {
		return Hierarchy{}, fmt.Errorf("cgroups: %w", err)
	}
	v1, v2 := findMounts(string(mounts))
	if v1 != "" {
		groups, err := os.ReadFile(filepath.Join(procDir, "cgroups"))
		if err != nil {
			return Hierarchy{}, fmt.Errorf("cgroups: %w", err)
		}
		if id := pidsID(string(groups)); id > 0 {
			return Hierarchy{ID: id, Mount: v1, V1: true, Unified: v2}, nil
		}
	}
	if v2 == "" {
		return Hierarchy{}, errors.New("cgroups: neither the pids controller nor cgroup v2 is mounted")
	}
	return Hierarchy{Mount: v2, Unified: v2}, nil
}

// findMounts returns where the pids controller and cgroup v2 are mounted.
func findMounts(mountinfo string) (v1, v2 string) {
	for line := range strings.Lines(mountinfo) {
		before, after, _ := strings.Cut(line, " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if len(left) < 5 || len(right) < 3 {
			continue
		}
		switch mount := unescape(left[4]); right[0] {
		case "cgroup":
			if hasController(right[2], "pids") && v1 == "" {
				v1 = mount
			}
		case "cgroup2":
			if v2 == "" {
				v2 = mount
			}
		}
	}
	return v1, v2
}

func hasController(options, name string) bool {
	for o := range strings.SplitSeq(options, ",") {
		if o == name {
			return true
		}
	}
	return false
}

// unescape undoes the octal escapes of mountinfo.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

// pidsID returns the number of the v1 hierarchy that has the pids controller.
func pidsID(cgroups string) int {
	for line := range strings.Lines(cgroups) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "pids" {
			id, _ := strconv.Atoi(f[1])
			return id
		}
	}
	return 0
}

// PathOf returns the path that a text of /proc/PID/cgroup gives for the
// hierarchy, and whether it is there.
func (h Hierarchy) PathOf(procCgroup string) (string, bool) {
	for line := range strings.Lines(procCgroup) {
		id, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		if id == strconv.Itoa(h.ID) {
			_, path, ok := strings.Cut(rest, ":")
			return path, ok
		}
	}
	return "", false
}
