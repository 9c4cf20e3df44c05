package attack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Attack is one harmless attack.
type Attack struct {
	// ID is how the attack is called on the command line.
	ID string
	// Name and Description are for people.
	Name, Description string
	// Technique is the ATT&CK technique, for example "T1622".
	Technique string
	// Signatures are the ids of the shipped signatures that must notice it;
	// none where only signatures of one's own can.
	Signatures []string
	// NeedsRoot says that it fails for other users.
	NeedsRoot bool
	// Run performs the attack once. It may write below dir and returns when
	// everything is as before. The error tells which step was refused.
	Run func(ctx context.Context, dir string) error
}

// All returns every attack, ordered by id.
func All() []Attack {
	return []Attack{
		antiDebugging(),
		filelessExecution(),
		ldPreload(),
		readPasswd(),
		shadowRead(),
	}
}

// Find returns the attack of that id and whether there is one.
func Find(id string) (Attack, bool) {
	all := All()
	i := slices.IndexFunc(all, func(a Attack) bool { return a.ID == id })
	if i < 0 {
		return Attack{}, false
	}
	return all[i], true
}

// childArgument marks a process as the child of an attack.
const childArgument = "weir-attack-child"

// Child performs the child's part of an attack where the arguments (os.Args)
// ask for it, and returns the exit code and true; otherwise it does nothing and
// returns false. The main of every program that runs attacks calls it first.
func Child(args []string) (code int, ours bool) {
	if len(args) < 3 || args[1] != childArgument {
		return 0, false
	}
	if err := step(args[2], args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1, true
	}
	return 0, true
}

// step runs one of the children's parts.
func step(name string, args []string) error {
	switch name {
	case stepTraceMe:
		return traceMe()
	case stepExecMemory:
		return execMemory(args)
	case stepOpen:
		return openFiles(args)
	case stepPreload:
		return touchPreload(args)
	default:
		return fmt.Errorf("unknown step %q", name)
	}
}

// runChild starts this program again for one step and waits for it. What the
// child says on stderr becomes the error.
func runChild(ctx context.Context, name string, args ...string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	return run(exec.CommandContext(ctx, self, append([]string{childArgument, name}, args...)...))
}

func run(cmd *exec.Cmd) error {
	var said strings.Builder
	cmd.Stderr = &said
	err := cmd.Run()
	if err == nil {
		return nil
	}
	if text := strings.TrimSpace(said.String()); text != "" {
		return fmt.Errorf("%w: %s", err, text)
	}
	return err
}

// errRoot is what an attack that needs root returns to others.
var errRoot = errors.New("needs root: start it with sudo")
