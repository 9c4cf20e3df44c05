package catalogue_test

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
)

//go:embed testdata/events.head.md
var head string

// eventsDocument makes the page about all events.
func eventsDocument(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	out.WriteString(head)
	for _, group := range catalogue.Groups() {
		events := catalogue.In(group)
		fmt.Fprintf(&out, "\n## %s\n\n%s\n\n", title(string(group)), about[group])
		out.WriteString("| event | id | what has happened | class | hooks | ATT&CK |\n|---|---|---|---|---|---|\n")
		for _, e := range events {
			fmt.Fprintf(&out, "| [`%s`](#%s) | %d | %s | %s | %s | %s |\n",
				e.Name, e.Name, e.ID, e.Doc, e.Class, hooks(e), techniques(e))
		}
		for _, e := range events {
			arguments(&out, e)
		}
	}
	byTechnique(&out)
	return out.Bytes()
}

// byTechnique lists what to look at for each technique.
func byTechnique(out *bytes.Buffer) {
	out.WriteString("\n## ATT&CK\n\nThe techniques of MITRE ATT&CK that events can be a trace of. Few events prove one; signatures do.\n\n" +
		"| technique | name | events |\n|---|---|---|\n")
	for _, id := range slices.Sorted(maps.Keys(techniqueNames)) {
		var events []string
		for _, e := range catalogue.Sorted() {
			if slices.Contains(e.Techniques, id) {
				events = append(events, fmt.Sprintf("[`%s`](#%s)", e.Name, e.Name))
			}
		}
		fmt.Fprintf(out, "| %s | %s | %s |\n", link(id), techniqueNames[id], strings.Join(events, ", "))
	}
}

// about says in a sentence what the events of a group have in common.
var about = map[catalogue.Group]string{
	catalogue.Lifecycle: "What processes and containers are known by. These are always on, whatever signatures want, and never shed.",
	catalogue.Derived: "What an operation came to, whatever the syscall. Made at the best hook that the kernel offers; `weir doctor` says which " +
		"that is here.",
	catalogue.Packets: "Messages on the network, seen where they leave and reach a socket: UDP and TCP, port 53 on either side. The kernel copies " +
		"the first 1,232 bytes. Where the process is not known, `hostProcessId` is 0 and the cgroup and network namespace still hold.",
	catalogue.Processes: "Syscalls that make, change and signal processes, told when they end, failed ones too.",
	catalogue.Files:     "Syscalls that open, change, name and map files, told when they end, failed ones too.",
	catalogue.Network:   "Syscalls of sockets, told when they end, failed ones too.",
	catalogue.System:    "Syscalls that change the kernel or look into other processes, told when they end, failed ones too.",
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func hooks(e *catalogue.Event) string {
	var names []string
	for _, hook := range e.Hooks {
		names = append(names, string(hook))
	}
	return strings.Join(names, ", ")
}

func techniques(e *catalogue.Event) string {
	var links []string
	for _, id := range e.Techniques {
		links = append(links, link(id))
	}
	return strings.Join(links, ", ")
}

func link(technique string) string {
	return fmt.Sprintf("[%s](https://attack.mitre.org/techniques/%s/)", technique, strings.ReplaceAll(technique, ".", "/"))
}

func arguments(out *bytes.Buffer, e *catalogue.Event) {
	fmt.Fprintf(out, "\n### %s\n\n%s.%s\n", e.Name, title(e.Doc), notes(e))
	if len(e.Args) == 0 {
		return
	}
	out.WriteString("\n| argument | type | value | comes from | words |\n|---|---|---|---|---|\n")
	for i := range e.Args {
		a := &e.Args[i]
		fmt.Fprintf(out, "| `%s` | `%s` | %s | %s | %s |\n", a.Name, a.Type, valueOf(a), source(a), words(e, a))
	}
}

// notes are what else is worth saying of an event.
func notes(e *catalogue.Event) string {
	note := ""
	if e.Derived != 0 {
		note += fmt.Sprintf(" Where the kernel has no better hook, [`%s`](#%s) is made of it.", e.Derived, e.Derived)
	}
	if e.Path != "" {
		note += fmt.Sprintf(" The kernel can be asked for certain beginnings of `%s` only.", e.Path)
	}
	return note
}

func valueOf(a *catalogue.Arg) string {
	if a.Type == "map[string]string" {
		return "labels"
	}
	return map[event.Kind]string{
		event.KindBool: "boolean", event.KindInt: "number", event.KindUint: "number", event.KindString: "text",
		event.KindStrings: "texts", event.KindBytes: "bytes", event.KindMap: "address", event.KindJSON: "structure",
	}[a.Kind()]
}

func source(a *catalogue.Arg) string {
	if a.From.Racy() {
		return a.From.String() + " ⚠"
	}
	return a.From.String()
}

// words shows the first words of an argument and how many there are.
func words(e *catalogue.Event, a *catalogue.Arg) string {
	const shown = 3
	v, ok := event.VocabularyOf(e.Name, a.Name)
	if !ok {
		return ""
	}
	text := strings.Join(v.Words[:min(len(v.Words), shown)], "`, `")
	text = "`" + text + "`"
	if more := len(v.Words) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if !v.Spoken {
		text += "; a number in the flat form"
	}
	return strings.ReplaceAll(text, "|", `\|`)
}
