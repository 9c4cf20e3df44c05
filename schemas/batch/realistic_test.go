package batch

import (
	"fmt"

	"github.com/weirsec/weir/schemas/event"
)

// realistic makes what a busy node sends: n events of five arguments each,
// three threads for ten events, a few kinds, paths that partly repeat.
func realistic(n int) []event.Event {
	shapes := []*event.Shape{
		{ID: 257, Name: "openat", Args: []event.ArgSpec{
			{Name: "dirfd", Type: "int"},
			{Name: "pathname", Type: "const char*"},
			{Name: "flags", Type: "int"},
			{Name: "mode", Type: "mode_t"},
			{Name: "resolved", Type: "const char*"},
		}},
		{ID: 730, Name: "security_file_open", Args: []event.ArgSpec{
			{Name: "pathname", Type: "const char*"},
			{Name: "flags", Type: "int"},
			{Name: "dev", Type: "dev_t"},
			{Name: "inode", Type: "unsigned long"},
			{Name: "ctime", Type: "unsigned long"},
		}},
		{ID: 714, Name: "sched_process_exec", Args: []event.ArgSpec{
			{Name: "cmdpath", Type: "const char*"},
			{Name: "pathname", Type: "const char*"},
			{Name: "argv", Type: "const char*const*"},
			{Name: "dev", Type: "dev_t"},
			{Name: "inode", Type: "unsigned long"},
		}},
	}
	root := &event.Process{EntityID: 1, PID: 1, Name: "systemd", Executable: "/usr/lib/systemd/systemd", StartTime: 1700000000000000000}
	shell := &event.Process{EntityID: 2, PID: 900, Name: "bash", Executable: "/usr/bin/bash", Args: []string{"-bash"}, Parent: root}
	var contexts []*event.Context
	for i := range (n*3 + 9) / 10 {
		p := &event.Process{
			EntityID: uint32(i) * 2654435761, PID: int32(4000 + i), NSPID: int32(10 + i), Name: "worker",
			Executable: "/usr/bin/python3.12", Args: []string{"python3", "/srv/app.py", fmt.Sprint("--shard=", i)},
			StartTime: 1755852177635091549 + int64(i)*1e7, Parent: shell,
		}
		contexts = append(contexts, &event.Context{
			Node: testNode, BootID: testBoot, HostName: "node-1", PID: p.NSPID, TID: p.NSPID, PPID: 1, HostPID: p.PID,
			HostTID: p.PID, HostPPID: 900, UID: 1000, GID: 1000, EUID: 1000, LoginUID: 1000, MountNS: 4026531841,
			PIDNS: 4026531836, NetNS: 4026531840, CgroupID: uint64(16000 + i/8), UnifiedCgroupID: uint64(16000 + i/8), TTY: 0x8800 * uint32(i&1), Capabilities: 0xa80425fb, ProcessName: "worker", Executable: p.Executable,
			ThreadStartTime: p.StartTime, ThreadEntityID: p.EntityID, ProcessEntityID: p.EntityID, ParentEntityID: 2,
			Process: p, ProcessStatus: event.StatusResolved, ContainerStatus: event.StatusResolved, ContainerStarted: true,
			Container: event.Container{
				ID:   fmt.Sprintf("%064x", i/8),
				Name: "web", Image: "registry.example.org/web:1.2.3", Runtime: "containerd",
			},
		})
	}
	events := make([]event.Event, n)
	for i := range events {
		path := fmt.Sprintf("/usr/lib/python3.12/site-packages/mod%d/file%d.py", i%16, i%80)
		ev := event.Event{
			Seq: 1000 + uint64(i), Time: 1755852177635091549 + int64(i)*41_000, ReturnValue: 3, CPU: uint32(i % 8),
			Syscall: "openat", Hook: "sys_exit", Context: contexts[i*3/10], Shape: shapes[0],
			Values: []event.Value{
				event.Int(-100), event.String(path), event.Int(0o2000000), event.Uint(0), event.String(path),
			},
		}
		switch {
		case i%2 == 1:
			ev.Shape, ev.Hook = shapes[1], "lsm"
			ev.Values = []event.Value{
				event.String(path), event.Int(0x8000), event.Uint(265289729), event.Uint(uint64(2621440 + i)),
				event.Uint(1700000000000000000 + uint64(i)),
			}
		case i%20 == 0:
			ev.Shape, ev.Hook, ev.Syscall = shapes[2], "tp", "execve"
			ev.Values = []event.Value{
				event.String("/usr/bin/ls"), event.String("/usr/bin/ls"),
				event.Strings([]string{"ls", "-l", path}), event.Uint(265289729), event.Uint(2621440),
			}
		}
		events[i] = ev
	}
	return events
}
