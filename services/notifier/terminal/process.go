package terminal

import (
	"path"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/weirsec/weir/schemas/finding"
)

const (
	// maxMark is how many columns the name of the event beside the process gets.
	maxMark = 40
	// maxArgs is how many arguments of one process are shown, with its name.
	maxArgs = 32
)

// processes draws the chain of processes, the oldest known ancestor first, and
// marks the one that did it.
func (p *page) processes(process *finding.Process, seen observed) {
	mark := "  " + p.paint(red, strings.TrimRight("← "+shorten(seen.Name, maxMark), " "))
	if process == nil {
		if seen.Process != "" {
			p.marked("  "+p.paint(bold, safe(seen.Process)+"("+strconv.FormatInt(seen.PID, 10)+")"), mark)
		}
		return
	}
	indent := "  "
	uid := uint32(0)
	for i := len(process.Ancestors) - 1; i >= -1; i-- {
		one := process
		if i >= 0 {
			one = &process.Ancestors[i]
		}
		text := p.process(one, i < 0)
		if one.UID != uid {
			uid = one.UID
			text += p.paint(dim, "  uid "+strconv.FormatUint(uint64(uid), 10))
		}
		if i < 0 {
			p.marked(indent+text, mark)
			return
		}
		p.line(indent + text)
		// The first line has no branch, all others hang below it.
		if branch, ok := strings.CutSuffix(indent, "└─ "); ok {
			indent = branch + "   "
		}
		indent += "└─ "
	}
}

// marked writes a line whose mark at the end is seen however long the line is.
func (p *page) marked(text, mark string) {
	if room := p.opts.Width - ansi.StringWidth(mark); room > 0 {
		text = ansi.Truncate(text, room, "…")
	}
	p.line(text + mark)
}

// process is one process: its name and pid, and what it runs where that says
// more than the name.
func (p *page) process(one *finding.Process, matched bool) string {
	title := safe(one.Name) + "(" + strconv.FormatInt(int64(one.PID), 10) + ")"
	if matched {
		title = p.paint(bold, title)
	}
	var words []string
	if one.Executable != "" && (matched || path.Base(one.Executable) != one.Name) {
		words = append(words, p.paint(dim, safe(one.Executable)))
	}
	if len(one.Args) > 1 {
		for _, arg := range one.Args[1:min(len(one.Args), maxArgs)] {
			words = append(words, word(arg))
		}
		if more := len(one.Args) - maxArgs; more > 0 {
			words = append(words, "… "+strconv.Itoa(more)+" more")
		}
	}
	if len(words) == 0 {
		return title
	}
	return title + " " + strings.Join(words, " ")
}

// word shows one argument so that its ends can be seen.
func word(arg string) string {
	if arg == "" || strings.ContainsAny(arg, " \"'") {
		return `"` + strings.ReplaceAll(shorten(arg, maxValue), `"`, `\"`) + `"`
	}
	return shorten(arg, maxValue)
}
