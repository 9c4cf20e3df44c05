package attack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

const (
	stepPreload = "preload"
	preloadFile = "/etc/ld.so.preload"
)

// ldPreload opens the dynamic linker's list of libraries to load into every
// program, for writing, and writes nothing.
func ldPreload() Attack {
	return Attack{
		ID:          "ld_preload",
		Name:        "Dynamic linker's preload list opened for writing",
		Description: "A process opens /etc/ld.so.preload for writing. Nothing is written.",
		Technique:   "T1574.006",
		Signatures:  []string{"ld_preload"},
		NeedsRoot:   true,
		Run: func(ctx context.Context, _ string) error {
			if os.Geteuid() != 0 {
				return errRoot
			}
			return runChild(ctx, stepPreload, preloadFile)
		},
	}
}

// touchPreload opens the file for writing. Where there is none it makes an
// empty one, which changes nothing for the linker, and removes it if it is
// still empty.
func touchPreload(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("want one file, got %d", len(args))
	}
	file, err := os.OpenFile(args[0], os.O_WRONLY, 0)
	made := errors.Is(err, fs.ErrNotExist)
	if made {
		file, err = os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	}
	if err != nil {
		return fmt.Errorf("open for writing: %w", err)
	}
	defer file.Close()
	if !made {
		return nil
	}
	if info, err := file.Stat(); err != nil || info.Size() != 0 {
		return errors.Join(errors.New("somebody else wrote the file: it stays"), err)
	}
	if err := os.Remove(args[0]); err != nil {
		return fmt.Errorf("remove the empty file: %w", err)
	}
	return nil
}
