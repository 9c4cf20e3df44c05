package weir_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents returns the texts that users read, by path.
func documents(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "docs"} {
		err := fs.WalkDir(os.DirFS("."), name, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".md") {
				return err
			}
			text, err := os.ReadFile(name)
			found[name] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// TestDocsPrograms holds what the documents show against the programs, built
// from this tree.
func TestDocsPrograms(t *testing.T) {
	programs := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", programs+"/", "./cmd/...")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the programs: %v\n%s", err, out)
	}
	t.Run("commands", func(t *testing.T) { checkCommands(t, programs) })
	t.Run("signatures", func(t *testing.T) { checkSignatures(t, programs) })
}

// checkCommands wants every command to exist, with its flags.
func checkCommands(t *testing.T, programs string) {
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	checker := commandChecker{targets: makeTargets(string(makefile)), help: helpOf(t, programs)}
	checked := 0
	for name, text := range documents(t) {
		for _, c := range commandsIn(text) {
			checked++
			if problem := checker.check(c.words); problem != "" {
				t.Errorf("%s:%d: %s: %s", name, c.line, strings.Join(c.words, " "), problem)
			}
		}
	}
	if checked == 0 {
		t.Error("no commands found: the documents mark them with ```sh")
	}
}

// helpOf returns what programs say when asked for help about a command.
func helpOf(t *testing.T, programs string) func(program string, command ...string) (string, error) {
	t.Helper()
	cache := map[string]string{}
	return func(program string, command ...string) (string, error) {
		key := program + " " + strings.Join(command, " ")
		if text, ok := cache[key]; ok {
			return text, nil
		}
		args := append(slices.Clone(command), "--help")
		out, err := exec.CommandContext(t.Context(), filepath.Join(programs, program), args...).CombinedOutput()
		cache[key] = string(out)
		return string(out), err
	}
}

// checkSignatures wants every complete signature in the documents to load.
func checkSignatures(t *testing.T, programs string) {
	block := regexp.MustCompile("(?s)```rego\n(.*?)```")
	id := regexp.MustCompile(`"id": "([^"]+)"`)
	checked := 0
	for name, text := range documents(t) {
		for _, match := range block.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(match[1], "__rego_metadoc__") {
				continue // a fragment
			}
			checked++
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "a.rego"), []byte(match[1]), 0o600); err != nil {
				t.Fatal(err)
			}
			list := exec.CommandContext(t.Context(), filepath.Join(programs, "weir"), "signature", "list", "--signatures", dir)
			out, err := list.CombinedOutput()
			if want := id.FindStringSubmatch(match[1])[1]; err != nil || !strings.Contains(string(out), want) {
				t.Errorf("%s: signature %s does not load: %v\n%s", name, want, err, out)
			}
		}
	}
	if checked == 0 {
		t.Error("no signature found: the documents mark them with ```rego")
	}
}

// TestDocsLinks wants every relative link to lead to a file.
func TestDocsLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
	for name, text := range documents(t) {
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			target := match[1]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if _, err := os.Stat(path.Join(path.Dir(name), target)); err != nil {
				t.Errorf("%s: a link leads nowhere: %s", name, target)
			}
		}
	}
}
