package rego

import (
	"fmt"
	"math/rand/v2"

	"github.com/weirsec/weir/schemas/event"
)

// eventKinds are the shapes of the synthetic events, with how often each comes.
func eventKinds() []struct {
	share int
	make  func(r *rand.Rand, k int) ([]event.ArgSpec, []event.Value)
	name  string
} {
	type specs = []event.ArgSpec
	type values = []event.Value
	path := func(r *rand.Rand, k int) event.Value {
		special := []string{
			fmt.Sprintf("/etc/passwd%d", k), fmt.Sprintf("/sys/fs/cgroup/x/release_agent%d", k),
			fmt.Sprintf("/opt/app%d/bin/tool3", k), fmt.Sprintf("/proc/1234/mem%d", k),
			fmt.Sprintf("/etc/kubernetes/pki%d/ca.key", k), "/etc/passwd", "/etc/pass",
		}
		if r.IntN(2000) == 0 {
			return event.String(special[r.IntN(len(special))])
		}
		dirs := []string{"/usr/lib/x86_64-linux-gnu", "/proc/self", "/etc", "/var/lib/docker/overlay2", "/home/u/src", "/sys/fs"}
		return event.String(fmt.Sprintf("%s/file%d.so", dirs[r.IntN(len(dirs))], r.IntN(1000)))
	}
	flags := func(r *rand.Rand) event.Value { return event.Int(int64([]int{0, 32768, 524288, 1, 577, 2}[r.IntN(6)])) }
	open := func(r *rand.Rand, k int) (specs, values) {
		return specs{
			{Name: "dirfd", Type: "int"},
			{Name: "pathname", Type: "const char*"},
			{Name: "flags", Type: "int"},
			{Name: "mode", Type: "mode_t"},
		}, values{event.Int(-100), path(r, k), flags(r), event.Int(0)}
	}
	file := func(r *rand.Rand, k int) (specs, values) {
		return specs{
				{Name: "pathname", Type: "const char*"},
				{Name: "flags", Type: "int"},
				{Name: "dev", Type: "dev_t"},
				{Name: "inode", Type: "unsigned long"},
				{Name: "ctime", Type: "unsigned long"},
			},
			values{path(r, k), flags(r), event.Uint(8), event.Uint(r.Uint64N(1 << 30)), event.Uint(1 << 60)}
	}
	exec := func(r *rand.Rand, k int) (specs, values) {
		argv := []string{"bash", "-c", "ls -la /tmp"}
		switch r.IntN(2000) {
		case 0:
			argv = append(argv, fmt.Sprintf("--url=Stratum%d+TCP://pool", k))
		case 1:
			argv = make([]string, 42+r.IntN(10))
		}
		program := event.String(fmt.Sprintf("/usr/bin/tool%d", r.IntN(50)))
		if r.IntN(2000) == 0 {
			program = event.String(fmt.Sprintf("memfd:m%d%s", k, []string{"", "runc", "x"}[r.IntN(3)]))
		}
		return specs{
				{Name: "cmdpath", Type: "const char*"},
				{Name: "pathname", Type: "const char*"},
				{Name: "argv", Type: "const char*const*"},
				{Name: "env", Type: "const char*const*"},
			},
			values{program, program, event.Strings(argv), event.Strings([]string{"PATH=/bin", "HOME=/root"})}
	}
	connect := func(r *rand.Rand, k int) (specs, values) {
		addr := event.Map("sa_family", "AF_INET", "sin_addr", fmt.Sprintf("10.%d.3.4", r.IntN(256)), "sin_port",
			[]string{"53", "443", "80", "4444"}[r.IntN(4)])
		if r.IntN(4) == 0 {
			addr = event.Map("sa_family", "AF_UNIX", "sun_path", "/var/run/docker.sock")
		}
		return specs{{Name: "sockfd", Type: "int"}, {Name: "remote_addr", Type: "struct sockaddr*"}}, values{event.Int(3), addr}
	}
	ptrace := func(r *rand.Rand, _ int) (specs, values) {
		return specs{{Name: "request", Type: "long"}, {Name: "pid", Type: "pid_t"}},
			values{event.Int(int64(r.IntN(20))), event.Int(int64(r.IntN(2000)))}
	}
	other := func(r *rand.Rand, _ int) (specs, values) {
		return specs{{Name: "fd", Type: "int"}}, values{event.Int(int64(r.IntN(100)))}
	}
	return []struct {
		share int
		make  func(r *rand.Rand, k int) ([]event.ArgSpec, []event.Value)
		name  string
	}{
		{25, open, "openat"},
		{30, file, "security_file_open"},
		{8, exec, "sched_process_exec"},
		{5, exec, "execve"},
		{10, connect, "security_socket_connect"},
		{2, ptrace, "ptrace"},
		{8, other, "close"},
		{6, other, "dup"},
		{6, other, "sched_process_exit"},
	}
}

// stream makes n events whose special values are those of signatures 0 to ks.
func stream(n, ks int) []*event.Event {
	r := rand.New(rand.NewPCG(7, 11))
	kinds := eventKinds()
	total := 0
	for _, k := range kinds {
		total += k.share
	}
	shapes := map[string]*event.Shape{}
	var events []*event.Event
	for i := range n {
		at := r.IntN(total)
		for _, k := range kinds {
			if at -= k.share; at >= 0 {
				continue
			}
			specs, values := k.make(r, r.IntN(max(ks, 1)))
			if shapes[k.name] == nil {
				shapes[k.name] = &event.Shape{ID: 1, Name: k.name, Args: specs}
			}
			events = append(events, &event.Event{
				Seq: uint64(i), Time: int64(1_700_000_000_000_000_000 + i), Shape: shapes[k.name], Values: values,
				Context: &event.Context{
					Node: "n", BootID: "b", HostName: "host", PID: int32(r.IntN(2000)), UID: uint32(r.IntN(3)),
					ProcessName: []string{"bash", "kubelet", "nginx", "injector3"}[r.IntN(4)], Executable: "/usr/bin/bash",
				},
			})
			break
		}
	}
	return events
}
