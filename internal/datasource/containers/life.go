package containers

import "github.com/weirsec/weir/schemas/event"

// life is when a container was set up and when it ran. Times are Unix
// nanoseconds. The same events in any order make the same life, as long as what
// happened before the cgroup was made last does not come later than that.
type life struct {
	// made is when the container's own cgroup was made last, or never, and
	// setupNS the mount namespace in which.
	made    int64
	setupNS uint32
	// ran says that it was running before that.
	ran bool
	// begun is when its own program was executed since, or never.
	begun int64
}

func newLife() life { return life{made: never, begun: never} }

// exists notes that it was there before anybody looked.
func (l *life) exists() { l.ran = true }

// setUp notes that its cgroup was made.
func (l *life) setUp(at int64, mountNS uint32) {
	if l.made != never && at <= l.made {
		return
	}
	if l.begun < at {
		// A container keeps its id when it is started once more.
		l.ran, l.begun = true, never
	}
	l.made, l.setupNS = at, mountNS
}

// execute notes that a program was executed in it.
func (l *life) execute(c *event.Context, at int64) {
	if l.made != never && at < l.made {
		return // It was the program of an earlier run.
	}
	other := l.setupNS != 0 && c.MountNS != 0 && c.MountNS != l.setupNS
	if c.PID == 1 || other {
		l.begun = min(l.begun, at)
	}
}

func (l *life) started(at int64) bool { return at >= l.begun || l.ran && at < l.made }
