package containers

import (
	"testing"

	"github.com/weirsec/weir/schemas/event"
)

// stepOf is an event of a container in the making, and what its origin is for
// the event itself.
type stepOf struct {
	e      event.Event
	origin string
}

// in is any event of a process in a cgroup.
func in(at int64, cgroup uint64, pid int32, mountNS uint32) event.Event {
	e := exec(at, cgroup, pid, mountNS)
	e.Shape = &event.Shape{Name: "openat"}
	return e
}

const (
	host, setUp, runs = event.OriginHost, event.OriginContainerInit, event.OriginContainer
	// hostCgroup is one of the host's, execNS the mount namespace of an exec.
	hostCgroup = 5
)

// lives are sequences as runtimes really make them.
func lives() map[string][]stepOf {
	const docker = "/docker/" + idA
	start := []stepOf{
		{existing(1, hostCgroup, "/system.slice/containerd.service"), host},
		// runc executes itself before it moves into the cgroup.
		{exec(2, hostCgroup, 300, hostNS), host},
		{made(3, 7, docker), host},
		{in(4, 7, 301, hostNS), setUp},
		{in(5, 7, 301, boxNS), setUp}, // mounts its file systems
		{in(6, 7, 1, boxNS), setUp},   // runc init is pid 1 by now
		{exec(7, 7, 1, boxNS), runs},
		{in(8, 7, 1, boxNS), runs},
		{exec(9, 7, 12, boxNS), runs},
	}
	hostPID := []stepOf{
		{existing(1, hostCgroup, "/"), host},
		{made(3, 7, docker), host},
		{exec(4, 7, 300, hostNS), setUp}, // a hook of the runtime
		{in(5, 7, 301, boxNS), setUp},
		{exec(7, 7, 301, boxNS), runs},
		{exec(9, 7, 400, boxNS), runs},
	}
	before := []stepOf{
		{existing(1, 7, docker), runs},
		{in(2, 7, 1, boxNS), runs},
		{exec(3, 7, 40, boxNS), runs},
	}
	return map[string][]stepOf{
		"runc": start,
		"exec": append(append([]stepOf{}, start...), []stepOf{
			// runc exec joins the cgroup before the namespaces.
			{exec(20, hostCgroup, 500, hostNS), host},
			{in(21, 7, 501, hostNS), runs},
			{exec(22, 7, 30, boxNS), runs},
		}...),
		"exec into one that is only created": {
			{made(3, 7, docker), host},
			{in(6, 7, 1, boxNS), setUp},
			{exec(7, 7, 1, boxNS), runs},
		},
		"the host's pids":         hostPID,
		"the host's pids, a hook": hostPID[:3],
		"a pod that shares its pids": {
			{made(1, 7, docker), host},
			{in(2, 7, 50, hostNS), setUp},
			{exec(3, 7, 50, boxNS), runs},
		},
		"podman, in a cgroup below": {
			{made(1, 7, "/machine.slice/libpod-"+idA+".scope"), host},
			{made(2, 8, "/machine.slice/libpod-"+idA+".scope/container"), host},
			{in(3, 8, 1, boxNS), setUp},
			{exec(4, 8, 1, boxNS), runs},
		},
		"there before":               before,
		"there before, exec into it": append(append([]stepOf{}, before...), stepOf{exec(4, 7, 41, hostNS), runs}),
		"there before, by a process": {
			{existingProcess(1, 7, docker), runs},
			{in(2, 7, 1, boxNS), runs},
		},
		"started once more": append(append([]stepOf{}, start...), []stepOf{
			{removed(20, 7, docker), host},
			{made(30, 9, docker), host},
			{in(31, 9, 1, boxNS), setUp},
			{in(29, 7, 12, boxNS), runs}, // late, of the first time
			{exec(32, 9, 1, boxNS), runs},
			{exec(28, 7, 13, boxNS), runs},
			{in(31, 9, 1, boxNS), setUp},
			{in(33, 9, 1, boxNS), runs},
		}...),
		"there before, and started once more": append(append([]stepOf{}, before...), []stepOf{
			{exec(5, 7, 1, boxNS), runs},
			{removed(20, 7, docker), host},
			{made(30, 9, docker), host},
			{in(31, 9, 1, boxNS), setUp},
			{exec(32, 9, 1, boxNS), runs},
			{in(6, 7, 1, boxNS), runs},
		}...),
	}
}

func TestOrigins(t *testing.T) {
	for name, steps := range lives() {
		t.Run(name, func(t *testing.T) {
			table := New(Default())
			// What comes twice changes nothing.
			for i := range steps {
				for range 2 {
					table.Apply(&steps[i].e)
				}
				e := steps[i].e
				c, _ := table.Lookup(e.Context.CgroupID)
				if e.Context.CgroupID == 1 {
					c = nil // whoever makes cgroups
					if e.Shape.Name != "cgroup_mkdir" && e.Shape.Name != "cgroup_rmdir" {
						c, _ = table.Lookup(7)
					}
				}
				shown, _ := c.Show()
				e.Context.Container, e.Context.ContainerStarted = *shown, c != nil && c.Started(e.Time)
				if steps[i].e.Shape.Name == "existing_cgroup" && steps[i].origin == host {
					continue
				}
				if got := e.Origin(); got != steps[i].origin {
					t.Errorf("step %d, %s at %d: origin %s, want %s", i, e.Name(), e.Time, got, steps[i].origin)
				}
			}
		})
	}
}
