package main

import (
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/test/kernels/wire"
)

func main() {
	if os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "guest: this is the first process of a virtual machine, see test/kernels")
		os.Exit(2)
	}
	if err := work(); err != nil {
		// There is nobody else to tell. The host finds the last frame missing
		// and shows this line.
		fmt.Fprintln(os.Stderr, "guest:", err)
	}
	unix.Sync()
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	select {} // the kernel panics if its first process ends
}

func work() error {
	port, err := openPort("/dev/console")
	if err != nil {
		return err
	}
	to := &sender{frames: wire.NewWriter(port)}
	text, err := os.ReadFile(wire.JobPath)
	if err != nil {
		return err
	}
	var job wire.Job
	if err := json.Unmarshal(text, &job); err != nil {
		return fmt.Errorf("%s: %w", wire.JobPath, err)
	}
	for _, problem := range prepare(job) {
		if err := to.send(wire.Frame{Note: problem.Error()}); err != nil {
			return err
		}
	}
	for i, program := range job.Programs {
		if err := run(i, program, to); err != nil {
			return err
		}
	}
	if err := to.send(wire.Frame{End: true}); err != nil {
		return err
	}
	return drain(port)
}
