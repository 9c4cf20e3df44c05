package interest

import "strings"

// PathArg returns by which argument events of a name may be narrowed to paths,
// "" for none, and whether they may be narrowed at all: not where the enricher
// has to see every one, because it learns from them what other events are about.
func PathArg(event string) (arg string, narrow bool) {
	switch event {
	case All:
		return "", false
	case "open", "openat", "openat2", "creat", "execve", "execveat":
		// The text that the program gave.
		return "pathname", true
	case "security_file_open":
		// The file that was opened.
		return "pathname", true
	}
	for _, learnt := range [...]string{"sched_process_", "existing_", "cgroup_", "container_", "net_packet_dns"} {
		if strings.HasPrefix(event, learnt) {
			return "", false
		}
	}
	return "", true
}
