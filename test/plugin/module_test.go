package plugin

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// typesModule is what plugins for Tracee are written against.
const typesModule = "github.com/aquasecurity/tracee/types"

// goCommand runs a command of Go's in a folder and returns what it prints.
func goCommand(t *testing.T, dir, work string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1", "GOWORK="+work, "GOFLAGS=-mod=mod")
	if work != "off" {
		cmd.Env = append(cmd.Env, "GOFLAGS=")
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// module writes a module with the example in it, which requires the version of
// Tracee's types that Weir is built with.
func module(t *testing.T, more string) string {
	t.Helper()
	version := goCommand(t, ".", "", "list", "-m", "-f", "{{.Version}}", typesModule)
	dir := t.TempDir()
	example, err := os.ReadFile("example/main.go")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "main.go"), string(example))
	write(t, filepath.Join(dir, "go.mod"), "module example.org/mine\n\ngo 1.26.0\n\nrequire "+typesModule+" "+version+"\n"+more)
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A plugin may be a module of its own, alone where it needs nothing of Weir, or
// in a workspace with it, as documented.
func TestOwnModule(t *testing.T) {
	needCgo(t)
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	mine := module(t, "")
	work := filepath.Join(t.TempDir(), "go.work")
	write(t, work, "go 1.26.0\n\nuse (\n\t"+root+"\n\t"+root+"/test\n\t"+mine+"\n)\n")
	for name, workspace := range map[string]string{"alone": "off", "in a workspace": work} {
		t.Run(name, func(t *testing.T) {
			dir := directory(t)
			goCommand(t, mine, workspace, "build", "-buildmode=plugin", "-o", filepath.Join(dir, "mine.so"), ".")
			found, messages := findings(t, dir)
			check(t, found, "EX-1", `[{"keys":1,"path":"/root/.ssh/id_rsa"},{"keys":2,"path":"/root/.ssh/id_ed25519"}]`)
			if strings.Contains(messages, ".so") {
				t.Errorf("messages:\n%s", messages)
			}
		})
	}
}

// A dependency of another version is named.
func TestOtherVersion(t *testing.T) {
	needCgo(t)
	mine := module(t, "replace "+typesModule+" => ./types\n")
	original := goCommand(t, ".", "", "list", "-m", "-f", "{{.Dir}}", typesModule)
	if err := os.CopyFS(filepath.Join(mine, "types"), os.DirFS(original)); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(mine, "types", "detect", "new.go"), "package detect\n\n// New is new.\nfunc New() {}\n")
	dir := directory(t)
	goCommand(t, mine, "off", "build", "-buildmode=plugin", "-o", filepath.Join(dir, "mine.so"), ".")
	found, messages := findings(t, dir)
	check(t, found, "BESIDE", `[null]`)
	for _, want := range []string{
		"mine.so: plugin was built with a different version of package " + typesModule, ": it was built with " + typesModule + " v",
		" replaced by ./types instead of v",
	} {
		if !strings.Contains(messages, want) {
			t.Errorf("the messages lack %q:\n%s", want, messages)
		}
	}
}
