package weir_test

import (
	"errors"
	"fmt"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shellCommand is one command of a document.
type shellCommand struct {
	line  int
	words []string
}

// commandsIn returns the commands in a document's ```sh blocks. Pipes and lists
// are taken apart; variables set in front and sudo are left out.
func commandsIn(text string) []shellCommand {
	var found []shellCommand
	inside, pending, began := false, "", 0
	for i, line := range strings.Split(text, "\n") {
		fence := strings.TrimSpace(line)
		if strings.HasPrefix(fence, "```") {
			inside = !inside && (fence == "```sh" || fence == "```bash")
			continue
		}
		if !inside {
			continue
		}
		if pending == "" {
			began = i + 1
		}
		if head, more := strings.CutSuffix(line, "\\"); more {
			pending += head
			continue
		}
		for _, words := range splitShell(pending + line) {
			found = append(found, shellCommand{began, words})
		}
		pending = ""
	}
	return found
}

// splitShell splits a line into the commands of a pipe or list, as far as
// documents need it: quotes, comments, redirections, variables in front.
func splitShell(line string) [][]string {
	token := regexp.MustCompile(`'[^']*'|"[^"]*"|[^\s'"|&;]+|\|\|?|&&?|;`)
	var commands [][]string
	var words []string
	end := func() {
		words = trimCommand(words)
		if len(words) > 0 {
			commands = append(commands, words)
		}
		words = nil
	}
	last := 0
	for _, at := range token.FindAllStringIndex(line, -1) {
		word := line[at[0]:at[1]]
		glued := at[0] == last && at[0] > 0 && len(words) > 0
		last = at[1]
		switch {
		case strings.HasPrefix(word, "#") && !glued:
			end()
			return commands
		case strings.Trim(word, "|&;") == "":
			end()
		case glued:
			words[len(words)-1] += strings.Trim(word, `'"`)
		default:
			words = append(words, strings.Trim(word, `'"`))
		}
	}
	end()
	return commands
}

// trimCommand drops what stands before the program's name, and redirections.
func trimCommand(words []string) []string {
	variable := regexp.MustCompile(`^[A-Z_]+=`)
	for len(words) > 0 && (variable.MatchString(words[0]) || words[0] == "sudo") {
		words = words[1:]
	}
	if i := slices.IndexFunc(words, func(w string) bool { return strings.ContainsAny(w[:min(1, len(w))], "<>") }); i >= 0 {
		words = words[:i]
	}
	return words
}

// makeTargets returns the targets of a Makefile that have a line of help.
func makeTargets(makefile string) []string {
	var targets []string
	for _, match := range regexp.MustCompile(`(?m)^([a-z0-9-]+):.*## `).FindAllStringSubmatch(makefile, -1) {
		targets = append(targets, match[1])
	}
	return targets
}

// commandChecker knows which commands exist.
type commandChecker struct {
	targets []string
	// help returns the help of a program's command.
	help func(program string, command ...string) (string, error)
}

// foreign are programs of others that documents may use.
func foreign() []string {
	return []string{"cat", "cd", "cp", "curl", "echo", "git", "go", "jq", "ls", "mkdir", "nats", "nats-server", "openssl", "systemctl", "tail"}
}

// check returns what is wrong with a command, or "".
func (c commandChecker) check(words []string) string {
	program := path.Base(words[0])
	switch {
	case program == "make":
		for _, word := range words[1:] {
			if !strings.Contains(word, "=") && !strings.HasPrefix(word, "-") && !slices.Contains(c.targets, word) {
				return "the Makefile has no target " + word
			}
		}
		return ""
	case program == "weir" || strings.HasPrefix(program, "weir-"):
		return c.checkOwn(program, words[1:])
	case slices.Contains(foreign(), program):
		return ""
	default:
		return fmt.Sprintf("unknown program %q: documents use only weir's own, make and %s", program, strings.Join(foreign(), ", "))
	}
}

// checkOwn follows the subcommands as far as there are any and looks for the
// flags in the help of the last.
func (c commandChecker) checkOwn(program string, words []string) string {
	var command []string
	help, err := c.help(program)
	for err == nil && len(words) > 0 && strings.Contains(help, "Available Commands:") && !strings.HasPrefix(words[0], "-") {
		listed := regexp.MustCompile(`(?m)^  ` + regexp.QuoteMeta(words[0]) + `(\s|$)`)
		if !listed.MatchString(help) {
			return fmt.Sprintf("there is no command %q", words[0])
		}
		command, words = append(command, words[0]), words[1:]
		help, err = c.help(program, command...)
	}
	if err != nil {
		return fmt.Sprintf("help is refused: %v", err)
	}
	for _, word := range words {
		flag, _, _ := strings.Cut(word, "=")
		if len(flag) < 2 || flag[0] != '-' || flag == "--" {
			continue
		}
		if !regexp.MustCompile(`(?m)(^|[\s,])` + regexp.QuoteMeta(flag) + `([\s,=]|$)`).MatchString(help) {
			return fmt.Sprintf("%s has no flag %s", strings.Join(append([]string{program}, command...), " "), flag)
		}
	}
	return ""
}

func TestCommandsIn(t *testing.T) {
	const text = "Intro `make no`\n```sh\n# comment\nsudo make run\nA=1 weir run --x 'a b|c' | jq . # why\n" +
		"weir a \\\n  --b >out\n```\n```go\nmake no\n```\n```bash\ncd x && make 'te'st\n```\n"
	want := []shellCommand{
		{4, []string{"make", "run"}},
		{5, []string{"weir", "run", "--x", "a b|c"}},
		{5, []string{"jq", "."}},
		{6, []string{"weir", "a", "--b"}},
		{13, []string{"cd", "x"}},
		{13, []string{"make", "test"}},
	}
	got := commandsIn(text)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestCommandChecker(t *testing.T) {
	checker := commandChecker{
		targets: makeTargets("# a\ntest: x ## Test\nhidden:\ne2e: ## All\n"),
		help: func(program string, command ...string) (string, error) {
			switch strings.Join(append([]string{program}, command...), " ") {
			case "weir":
				return "Available Commands:\n  run         Run\n  signature   Signatures\n\nFlags:\n  -h, --help   help\n", nil
			case "weir run":
				return "Flags:\n  -o, --output FORMAT   how\n      --data-dir DIR\n", nil
			case "weir signature":
				return "Available Commands:\n  list   List\n", nil
			case "weir signature list":
				return "Flags:\n  -h, --help\n", nil
			default:
				return "", errors.New("exit status 2")
			}
		},
	}
	cases := []struct{ command, want string }{
		{"make test e2e", ""},
		{"make -j2 test X=1", ""},
		{"make hidden", "no target hidden"},
		{"bin/weir run --output json --data-dir=/tmp -o json", ""},
		{"weir run --out json", "weir run has no flag --out"},
		{"weir run -x", "no flag -x"},
		{"weir walk", `no command "walk"`},
		{"weir signature lint", `no command "lint"`},
		{"weir signature list DIR", ""},
		{"weir-detector", "help is refused"},
		{"rm -rf x", `unknown program "rm"`},
		{"cat /etc/passwd", ""},
	}
	for _, c := range cases {
		got := checker.check(strings.Fields(c.command))
		if !strings.Contains(got, c.want) || (c.want == "" && got != "") {
			t.Errorf("%s: got %q, want %q", c.command, got, c.want)
		}
	}
}
