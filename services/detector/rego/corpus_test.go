package rego

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// twin is one signature written twice: in Rego and, by hand, in Go. The number
// that both take makes as many different ones of it as are wanted.
type twin struct {
	name   string
	events []string
	rego   func(k int) string
	golang func(k int) func(e *event.Event) (map[string]any, bool)
}

// header is what all Rego signatures of the corpus begin with.
func header(name string, k int, events []string) string {
	var list []string
	for _, e := range events {
		list = append(list, fmt.Sprintf(`{"source": "tracee", "name": %q}`, e))
	}
	return fmt.Sprintf(`package tracee.%[1]s_%[2]d

import rego.v1
import data.tracee.helpers

__rego_metadoc__ := {"id": "%[1]s-%[2]d", "version": "1.0.0", "name": "%[1]s", "eventName": "%[1]s_%[2]d"}

tracee_selected_events := [%[3]s]

`, name, k, strings.Join(list, ", "))
}

// golangTwin is the signature in Go as an author writes it with the SDK.
type golangTwin struct {
	twin  *twin
	k     int
	match func(e *event.Event) (map[string]any, bool)
}

func (g golangTwin) Metadata() sdk.Metadata {
	return sdk.Metadata{ID: fmt.Sprintf("%s-%d", g.twin.name, g.k), Version: "1.0.0"}
}

func (g golangTwin) Selectors() []sdk.Selector {
	var list []sdk.Selector
	for _, name := range g.twin.events {
		list = append(list, sdk.Selector{Source: sdk.Source, Name: name})
	}
	return list
}

func (g golangTwin) OnEvent(c *sdk.Context, e *event.Event) error {
	if data, ok := g.match(e); ok {
		c.Report(data)
	}
	return nil
}

// always has no data.
func always(ok bool) (map[string]any, bool) { return nil, ok }

func writes(flags string) bool {
	flags = strings.ToLower(flags)
	return strings.Contains(flags, "o_wronly") || strings.Contains(flags, "o_rdwr")
}

// list is n paths that only number k has.
func list(k, n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("/opt/app%d/bin/tool%d", k, i))
	}
	return all
}

func quoted(texts []string) string {
	var all []string
	for _, text := range texts {
		all = append(all, strconv.Quote(text))
	}
	return strings.Join(all, ", ")
}

// twins are the base signatures of the benchmark.
func twins() []*twin {
	return []*twin{
		prefixTwin(), suffixTwin(), memberTwin(), ptraceTwin(), patternTwin(),
		networkTwin(), needleTwin(), memoryTwin(), allowTwin(), countTwin(),
	}
}

func prefixTwin() *twin {
	t := &twin{name: "prefix", events: []string{"openat", "execve"}}
	t.rego = func(k int) string {
		return header(t.name, k, t.events) + fmt.Sprintf(`tracee_match if {
	startswith(helpers.get_tracee_argument("pathname"), "/etc/passwd%d")
}
`, k)
	}
	t.golang = func(k int) func(e *event.Event) (map[string]any, bool) {
		prefix := fmt.Sprintf("/etc/passwd%d", k)
		return func(e *event.Event) (map[string]any, bool) {
			path, _ := e.String("pathname")
			return always(strings.HasPrefix(path, prefix))
		}
	}
	return t
}

func suffixTwin() *twin {
	t := &twin{name: "suffix", events: []string{"security_file_open"}}
	t.rego = func(k int) string {
		return header(t.name, k, t.events) + fmt.Sprintf(`tracee_match := {"path": path, "flags": flags} if {
	flags := helpers.get_tracee_argument("flags")
	helpers.is_file_write(flags)
	path := helpers.get_tracee_argument("pathname")
	endswith(path, "/release_agent%d")
}
`, k)
	}
	t.golang = func(k int) func(e *event.Event) (map[string]any, bool) {
		suffix := fmt.Sprintf("/release_agent%d", k)
		return func(e *event.Event) (map[string]any, bool) {
			path, _ := e.String("pathname")
			if !strings.HasSuffix(path, suffix) {
				return nil, false
			}
			flags, _ := e.Symbol("flags")
			return map[string]any{"path": path, "flags": flags}, writes(flags)
		}
	}
	return t
}

func memberTwin() *twin {
	t := &twin{name: "member", events: []string{"openat"}}
	t.rego = func(k int) string {
		return header(t.name, k, t.events) + fmt.Sprintf(`paths := {%s}

tracee_match if {
	some arg in input.args
	arg.name == "pathname"
	arg.value in paths
}
`, quoted(list(k, 60)))
	}
	t.golang = func(k int) func(e *event.Event) (map[string]any, bool) {
		paths := map[string]bool{}
		for _, path := range list(k, 60) {
			paths[path] = true
		}
		return func(e *event.Event) (map[string]any, bool) {
			path, _ := e.String("pathname")
			return always(paths[path])
		}
	}
	return t
}

func ptraceTwin() *twin {
	t := &twin{name: "ptrace", events: []string{"ptrace"}}
	t.rego = func(k int) string {
		return header(t.name, k, t.events) + fmt.Sprintf(`tracee_match if {
	input.eventName == "ptrace"
	helpers.get_tracee_argument("request") == "PTRACE_POKETEXT"
	input.processName == "injector%d"
}
`, k)
	}
	t.golang = func(k int) func(e *event.Event) (map[string]any, bool) {
		name := fmt.Sprintf("injector%d", k)
		return func(e *event.Event) (map[string]any, bool) {
			request, ok := e.Int("request")
			return always(ok && request == 4 && e.Context.ProcessName == name)
		}
	}
	return t
}

func patternTwin() *twin {
	t := &twin{name: "pattern", events: []string{"security_file_open", "ptrace"}}
	t.rego = func(k int) string {
		return header(t.name, k, t.events) + fmt.Sprintf("tracee_match := {\"file path\": path} if {\n"+
			"\tinput.eventName == \"security_file_open\"\n"+
			"\tpath := helpers.get_tracee_argument(\"pathname\")\n"+
			"\tregex.match(`^/proc/(?:\\d+|self)/mem%d$`, path)\n"+
			"\thelpers.is_file_write(helpers.get_tracee_argument(\"flags\"))\n}\n"+
			"\ntracee_match if {\n\tinput.eventName == \"ptrace\"\n"+
			"\thelpers.get_tracee_argument(\"pid\") != input.processId\n\tinput.userId == %d\n}\n", k, 70000+k)
	}
	t.golang = func(k int) func(e *event.Event) (map[string]any, bool) {
		pattern := regexp.MustCompile(fmt.Sprintf(`^/proc/(?:\d+|self)/mem%d$`, k))
		return func(e *event.Event) (map[string]any, bool) {
			if e.Name() == "ptrace" {
				pid, ok := e.Int("pid")
				return always(ok && pid != int64(e.Context.PID) && int(e.Context.UID) == 70000+k)
			}
			path, _ := e.String("pathname")
			if !pattern.MatchString(path) {
				return nil, false
			}
			flags, _ := e.Symbol("flags")
			return map[string]any{"file path": path}, writes(flags)
		}
	}
	return t
}

func networkTwin() *twin {
	t := &twin{name: "network", events: []string{"security_socket_connect"}}
	t.rego = func(k int) string {
		return header(t.name, k, t.events) + fmt.Sprintf(`tracee_match := {"ip": ip, "port": port} if {
	addr := helpers.get_tracee_argument("remote_addr")
	addr.sa_family == "AF_INET"
	ip := addr.sin_addr
	port := addr.sin_port
	net.cidr_contains("10.%d.0.0/16", ip)
	not usual[port]
}

usual := {"53", "80", "443"}
`, k%250)
	}
	t.golang = func(k int) func(e *event.Event) (map[string]any, bool) {
		network := netip.MustParsePrefix(fmt.Sprintf("10.%d.0.0/16", k%250))
		return func(e *event.Event) (map[string]any, bool) {
			addr, _ := e.Arg("remote_addr")
			if family, _ := addr.Lookup("sa_family"); family != "AF_INET" {
				return nil, false
			}
			text, _ := addr.Lookup("sin_addr")
			ip, err := netip.ParseAddr(text)
			if err != nil || !network.Contains(ip) {
				return nil, false
			}
			port, _ := addr.Lookup("sin_port")
			return map[string]any{"ip": text, "port": port}, !slices.Contains([]string{"53", "80", "443"}, port)
		}
	}
	return t
}

func needleTwin() *twin {
	t := &twin{name: "needle", events: []string{"sched_process_exec"}}
	needles := func(k int) []string {
		return []string{fmt.Sprintf("xmrig%d", k), fmt.Sprintf("stratum%d+tcp", k), fmt.Sprintf("minerd%d", k)}
	}
	t.rego = func(k int) string {
		return header(t.name, k, t.events) + fmt.Sprintf(`tracee_match if {
	some arg in helpers.get_tracee_argument("argv")
	some needle in [%s]
	contains(lower(arg), needle)
}
`, quoted(needles(k)))
	}
	t.golang = func(k int) func(e *event.Event) (map[string]any, bool) {
		words := needles(k)
		return func(e *event.Event) (map[string]any, bool) {
			argv, _ := e.Strings("argv")
			for _, arg := range argv {
				arg = strings.ToLower(arg)
				for _, word := range words {
					if strings.Contains(arg, word) {
						return always(true)
					}
				}
			}
			return always(false)
		}
	}
	return t
}

func memoryTwin() *twin {
	t := &twin{name: "memory", events: []string{"sched_process_exec"}}
	t.rego = func(k int) string {
		return header(t.name, k, t.events) + fmt.Sprintf(`tracee_match := {"path": path} if {
	path := helpers.get_tracee_argument("pathname")
	in_memory(path)
	not runtime(path)
}

in_memory(path) if startswith(path, "memfd:m%[1]d")

in_memory(path) if startswith(path, "/dev/shm/m%[1]d/")

runtime(path) if {
	not input.contextFlags.containerStarted
	startswith(path, "memfd:m%[1]drunc")
}
`, k)
	}
	t.golang = func(k int) func(e *event.Event) (map[string]any, bool) {
		memfd, shm := fmt.Sprintf("memfd:m%d", k), fmt.Sprintf("/dev/shm/m%d/", k)
		return func(e *event.Event) (map[string]any, bool) {
			path, _ := e.String("pathname")
			if !strings.HasPrefix(path, memfd) && !strings.HasPrefix(path, shm) {
				return nil, false
			}
			runtime := !e.Context.ContainerStarted && strings.HasPrefix(path, memfd+"runc")
			return map[string]any{"path": path}, !runtime
		}
	}
	return t
}

func allowTwin() *twin {
	t := &twin{name: "allow", events: []string{"security_file_open"}}
	t.rego = func(k int) string {
		return header(t.name, k, t.events) + fmt.Sprintf(`tracee_match if {
	helpers.is_file_read(helpers.get_tracee_argument("flags"))
	startswith(helpers.get_tracee_argument("pathname"), "/etc/kubernetes/pki%d/")
	not input.processName in {"kube-apiserver", "kubelet", "kube-controller", "etcd"}
}
`, k)
	}
	t.golang = func(k int) func(e *event.Event) (map[string]any, bool) {
		prefix := fmt.Sprintf("/etc/kubernetes/pki%d/", k)
		return func(e *event.Event) (map[string]any, bool) {
			path, _ := e.String("pathname")
			if !strings.HasPrefix(path, prefix) {
				return always(false)
			}
			flags, _ := e.Symbol("flags")
			flags = strings.ToLower(flags)
			if !strings.Contains(flags, "o_rdonly") && !strings.Contains(flags, "o_rdwr") {
				return always(false)
			}
			return always(!slices.Contains([]string{"kube-apiserver", "kubelet", "kube-controller", "etcd"},
				e.Context.ProcessName))
		}
	}
	return t
}

// countTwin is one that no prefilter helps with.
func countTwin() *twin {
	t := &twin{name: "count", events: []string{"sched_process_exec"}}
	t.rego = func(k int) string {
		return header(t.name, k, t.events) + fmt.Sprintf(`tracee_match := {"argc": argc} if {
	argv := helpers.get_tracee_argument("argv")
	argc := count(argv)
	argc > %d
}
`, 40+k%7)
	}
	t.golang = func(k int) func(e *event.Event) (map[string]any, bool) {
		return func(e *event.Event) (map[string]any, bool) {
			argv, _ := e.Strings("argv")
			if len(argv) <= 40+k%7 {
				return nil, false
			}
			return map[string]any{"argc": len(argv)}, true
		}
	}
	return t
}
