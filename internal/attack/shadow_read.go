package attack

import (
	"context"
	"os"
)

// shadowRead reads the file of password hashes, as a thief of credentials does,
// and forgets them.
func shadowRead() Attack {
	return Attack{
		ID:          "shadow_read",
		Name:        "Password hashes read",
		Description: "A process that has no business there reads /etc/shadow.",
		Technique:   "T1003.008",
		Signatures:  []string{"shadow_read"},
		NeedsRoot:   true,
		Run: func(ctx context.Context, _ string) error {
			if os.Geteuid() != 0 {
				return errRoot
			}
			return runChild(ctx, stepOpen, "/etc/shadow")
		},
	}
}
