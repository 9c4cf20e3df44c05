package privilege

import "strings"

// MissingError says which required capabilities a process lacks.
type MissingError struct {
	Missing []Capability
	// UserNamespace is true in a user namespace: whatever the process holds
	// there does not count for kernel programs.
	UserNamespace bool
}

// Error names what is missing and what it is for.
func (e *MissingError) Error() string {
	if e.UserNamespace {
		return "this process is in a user namespace, as in a rootless container: " +
			"CAP_BPF and CAP_PERFMON count only when the host grants them"
	}
	var parts []string
	for _, c := range e.Missing {
		parts = append(parts, c.Name+" (to "+c.Use+")")
	}
	return "missing " + strings.Join(parts, " and ")
}
