package rego

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/weirsec/weir/schemas/event"
)

// fileAuthor writes signatures about opened files as people do: paths, names of
// processes, flags, in functions, lists and patterns, with exceptions. They are
// what a kernel can be told something of.
type fileAuthor struct{ r *rand.Rand }

func (a fileAuthor) pick(list ...string) string { return list[a.r.IntN(len(list))] }

func (a fileAuthor) text() string {
	return a.pick(`"/etc/passwd"`, `"/etc/"`, `"/etc/shadow"`, `"/proc/"`, `"/etc/ssh/sshd_config"`, `"/"`, `""`, `"passwd"`, `"\ufffd"`)
}

func (a fileAuthor) path() string {
	return a.pick(`helpers.get_tracee_argument("pathname")`, `helpers.get_tracee_argument("pathname")`, "path", `lower(path)`,
		`input.args[_].value`, `helpers.get_tracee_argument("syscall_pathname")`)
}

// line is one expression of a body.
func (a fileAuthor) line(depth int) string {
	name := func() string { return a.pick(`"cat"`, `"nginx"`, `"a name that is long"`, `"c\ufffdm"`, `""`) }
	switch a.r.IntN(16) {
	case 0, 1, 2:
		return fmt.Sprintf("startswith(%s, %s)", a.path(), a.text())
	case 3, 4:
		return fmt.Sprintf("%s == %s", a.path(), a.text())
	case 5:
		return fmt.Sprintf("%s in {%s, %s}", a.path(), a.text(), a.text())
	case 6:
		return fmt.Sprintf("strings.any_prefix_match(%s, [%s, %s])", a.path(), a.text(), a.text())
	case 7:
		return fmt.Sprintf("%s(%s, %s)", a.pick("endswith", "contains"), a.path(), a.text())
	case 8:
		return fmt.Sprintf("regex.match(`%s`, %s)", a.pick("^/etc/(passwd|shadow)$", "^/proc/.*", "/etc/.*", "^(/etc|/proc)/"), a.path())
	case 9, 10:
		return fmt.Sprintf("input.processName == %s", name())
	case 11:
		return fmt.Sprintf("input.processName in {%s, %s}", name(), name())
	case 12:
		return a.pick(`input.containerId != ""`, `input.containerId == "c1"`, `input.containerId == ""`, `input.userId == 0`, `input.container.id == "c1"`)
	case 13:
		return fmt.Sprintf("helpers.%s(helpers.get_tracee_argument(\"flags\"))", a.pick("is_file_write", "is_file_read"))
	default:
		if depth == 0 {
			return fmt.Sprintf(`input.eventName == %s`, a.pick(`"openat"`, `"security_file_open"`))
		}
		return a.pick("", "not ") + a.pick("one", "other") + "(path)"
	}
}

func (a fileAuthor) body(depth int) string {
	lines := []string{`path := helpers.get_tracee_argument("pathname")`}
	if depth == 0 {
		lines = nil
	}
	for range 1 + a.r.IntN(3) {
		lines = append(lines, a.line(depth))
	}
	return strings.Join(lines, "\n\t")
}

// signature writes one with that id. What it selects may be findings of others.
func (a fileAuthor) signature(id string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "package tracee.sig_%[1]s\n\nimport rego.v1\nimport data.tracee.helpers\n\n"+
		"__rego_metadoc__ := {\"id\": %[1]q, \"version\": \"1\", \"eventName\": %[2]q}\n\n", id, a.pick("found", "found_"+id, "execve"))
	for range 1 + a.r.IntN(3) {
		fmt.Fprintf(&b, "tracee_selected_events contains {\"source\": \"tracee\", \"name\": %q, \"origin\": %q}\n\n",
			a.pick("openat", "openat", "security_file_open", "security_file_open", "execve", "sched_process_exec", "found"),
			a.pick("*", "*", "", "host", "container", "container-init"))
	}
	for _, f := range []string{"one", "other"} {
		for range 1 + a.r.IntN(2) {
			fmt.Fprintf(&b, "%s(path) if {\n\t%s\n}\n\n", f, a.body(0))
		}
	}
	for range 1 + a.r.IntN(2) {
		fmt.Fprintf(&b, "tracee_match%s if {\n\t%s\n}\n\n", a.pick("", ` := {"path": path}`), a.body(1))
	}
	return b.String()
}

// fileEvents are events as a kernel sends them, around what these signatures look
// for.
func fileEvents(r *rand.Rand, n int) []*event.Event {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	path := func() event.Value {
		if r.IntN(20) == 0 {
			return event.Value{}
		}
		return event.String(pick("/etc/passwd", "/etc/shadow", "/etc/", "/etc", "/ETC/passwd", "/proc/1/mem", "/etc/ssh/sshd_config", "x",
			"", "/etc/\xff", "/\xef\xbf\xbd", "/usr/lib/libc.so.6", "/usr/bin/cat") + pick("", "", "", ".bak"))
	}
	var events []*event.Event
	for i := range n {
		c := &event.Context{
			Node: "n", BootID: "b", UID: uint32(r.IntN(3)), ProcessName: pick("cat", "nginx", "c\xffm", "", "123456789012345", "bash"),
			Executable: "/usr/bin/cat", HostPID: int32(r.IntN(9)), ProcessEntityID: uint32(1 + r.IntN(5)),
		}
		if r.IntN(3) == 0 {
			c.Container.ID, c.ContainerStarted = pick("c1", "c2"), r.IntN(4) > 0
		}
		name := pick("openat", "openat", "openat", "security_file_open", "security_file_open", "security_file_open", "execve", "sched_process_exec", "ptrace")
		shape := &event.Shape{Name: name, Args: []event.ArgSpec{{Name: "pathname", Type: "const char*"}, {Name: "flags", Type: "int"}}}
		values := []event.Value{path(), event.Int(int64([]int{0, 1, 2, 577}[r.IntN(4)]))}
		if name == "security_file_open" {
			shape.Args = append(shape.Args, event.ArgSpec{Name: "syscall_pathname", Type: "const char*"})
			values = append(values, path())
		}
		events = append(events, &event.Event{
			Seq: uint64(i + 1), Time: 1_700_000_000_000_000_000 + int64(i)*1_000_000, Shape: shape, Values: slices.Clip(values), Context: c,
		})
	}
	return events
}
