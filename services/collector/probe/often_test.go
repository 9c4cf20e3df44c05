package probe

import (
	"errors"
	"fmt"
	"os/exec"
	"strconv"

	"golang.org/x/sys/unix"
)

// actOften does one thing args[1] times, to be measured.
func actOften(name string, args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	for range n {
		switch name {
		case "getppids":
			unix.Getppid()
		case "missing":
			if _, err := unix.Open(args[0], unix.O_RDONLY, 0); !errors.Is(err, unix.ENOENT) {
				return fmt.Errorf("open of a missing file: %w", err)
			}
		case "spawns":
			if err := exec.Command(args[0]).Run(); err != nil {
				return err
			}
		}
	}
	return nil
}
