package run

import (
	"fmt"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// Memory returns how much memory this process may use, in bytes: what its
// cgroup is held to, or what the machine has where that is less.
func Memory() (uint64, error) {
	machine, err := memlimit.FromSystem()
	if err != nil {
		return 0, fmt.Errorf("how much memory the machine has: %w", err)
	}
	// Without a cgroup, or without a limit of it, the machine is the limit.
	if held, err := memlimit.FromCgroup(); err == nil && held > 0 {
		return min(machine, held), nil
	}
	return machine, nil
}
