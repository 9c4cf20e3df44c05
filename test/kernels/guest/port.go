package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// openPort opens a serial port so that bytes go through it as they are.
func openPort(name string) (*os.File, error) {
	port, err := os.OpenFile(name, os.O_WRONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	settings, err := unix.IoctlGetTermios(int(port.Fd()), unix.TCGETS)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	settings.Oflag &^= unix.OPOST
	if err := unix.IoctlSetTermios(int(port.Fd()), unix.TCSETS, settings); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return port, nil
}

// drain waits until all that was written has left the port: what is still in it
// when the machine goes off would be lost.
func drain(port *os.File) error {
	if err := unix.IoctlSetInt(int(port.Fd()), unix.TCSBRK, 1); err != nil {
		return fmt.Errorf("%s: %w", port.Name(), err)
	}
	return nil
}
