package attack

import (
	"context"
	"os/exec"
)

// readPasswd lists the users with cat(1), the first thing that many intruders
// do. It is too common for a shipped signature; Tracee's documented example
// matches it.
func readPasswd() Attack {
	return Attack{
		ID:          "read_passwd",
		Name:        "User list read",
		Description: "cat /etc/passwd: no shipped signature minds, but the documented example does.",
		Technique:   "T1087.001",
		Run: func(ctx context.Context, _ string) error {
			if cat, err := exec.LookPath("cat"); err == nil {
				return run(exec.CommandContext(ctx, cat, "/etc/passwd"))
			}
			return runChild(ctx, stepOpen, "/etc/passwd")
		},
	}
}
