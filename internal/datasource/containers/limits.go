package containers

import (
	"errors"
	"time"
)

// Limits bounds a Table.
type Limits struct {
	// Bytes is how much memory its cgroups may take.
	Bytes int
	// FactBytes is how much memory may be taken by what runtimes tell of
	// containers: names, images, labels, pods.
	FactBytes int
	// Grace is how long a cgroup is still known after it was removed, in event
	// time: its last events may come after that.
	Grace time.Duration
}

// Default returns limits for a node with thousands of containers.
func Default() Limits {
	return Limits{Bytes: 4 << 20, FactBytes: 16 << 20, Grace: 30 * time.Second}
}

// Validate reports a limit that leaves no room at all.
func (l Limits) Validate() error {
	if l.Bytes < 64<<10 {
		return errors.New("containers: at least 64 KiB are needed for cgroups")
	}
	if l.FactBytes < 64<<10 {
		return errors.New("containers: at least 64 KiB are needed for what runtimes tell")
	}
	if l.Grace < 0 {
		return errors.New("containers: grace must not be negative")
	}
	return nil
}
