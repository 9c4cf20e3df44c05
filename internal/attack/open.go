package attack

import (
	"fmt"
	"io"
	"os"
)

const stepOpen = "open"

// openFiles reads the files given to their end and forgets what was in them.
func openFiles(paths []string) error {
	for _, path := range paths {
		if err := readAway(path); err != nil {
			return fmt.Errorf("read a file: %w", err)
		}
	}
	return nil
}

func readAway(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(io.Discard, file)
	return err
}
