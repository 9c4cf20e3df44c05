package wire

// JobPath is where the guest finds its job, as JSON.
const JobPath = "/job.json"

// Throwaway is the kernel parameter by which a program knows that it is in a
// machine of these, switched on for one job: the kernel itself ignores it.
const Throwaway = "weir.throwaway=1"

// Job is what a guest does before it switches itself off.
type Job struct {
	// Hybrid mounts cgroups as systemd's hybrid mode does: the v1 hierarchies
	// of controllers below /sys/fs/cgroup, v2 at /sys/fs/cgroup/unified. Else
	// cgroup v2 alone is at /sys/fs/cgroup.
	Hybrid bool
	// HideBTF makes the system one whose kernel does not describe its types.
	HideBTF bool
	// Programs run one after the other, in this order.
	Programs []Program
}

// Program is one that runs in the guest as root.
type Program struct {
	// Path is the executable, Dir where it starts; both in the guest.
	Path, Dir string
	// Args come after the program's name, Env are further variables.
	Args, Env []string
}
