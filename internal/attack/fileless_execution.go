package attack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"

	"golang.org/x/sys/unix"
)

const stepExecMemory = "exec-memory"

// filelessExecution runs a program that has no file: true(1), copied into an
// anonymous file in memory.
func filelessExecution() Attack {
	return Attack{
		ID:          "fileless_execution",
		Name:        "Fileless execution",
		Description: "A program is copied into memory (memfd_create) and executed from there.",
		Technique:   "T1620",
		Signatures:  []string{"fileless_execution"},
		Run: func(ctx context.Context, _ string) error {
			program, err := exec.LookPath("true")
			if err != nil {
				return fmt.Errorf("find a program to execute: %w", err)
			}
			return runChild(ctx, stepExecMemory, program)
		},
	}
}

// execMemory becomes a copy in memory of the program given and returns only
// where that fails.
func execMemory(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("want one program, got %d", len(args))
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return fmt.Errorf("read the program: %w", err)
	}
	fd, err := unix.MemfdCreate("weir-attack", unix.MFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("memfd_create: %w", err)
	}
	memory := os.NewFile(uintptr(fd), "memfd:weir-attack")
	defer memory.Close()
	if _, err := memory.Write(text); err != nil {
		return fmt.Errorf("copy the program: %w", err)
	}
	// By its name in /proc and not by execveat with an empty path, as that has
	// no name to show; programs of one binary go by their first argument.
	path := "/proc/self/fd/" + strconv.Itoa(fd)
	return fmt.Errorf("execute from memory: %w", unix.Exec(path, []string{"true"}, os.Environ()))
}
