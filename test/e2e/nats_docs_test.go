package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// shellLines returns the commands of a document's ```sh blocks.
func shellLines(text string) []string {
	var lines []string
	inside := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```sh"
		case inside && line != "":
			lines = append(lines, line)
		}
	}
	return lines
}

// From an empty directory to a finding, by the commands of the page, each as it
// stands there but for ports.
func TestTheNATSPage(t *testing.T) {
	needNATS(t)
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("the page makes certificates with openssl: ", err)
	}
	dir, port := t.TempDir(), strings.TrimPrefix(freeAddress(t), "127.0.0.1:")
	watched := filepath.Join(dir, "watched")
	writeFile(t, watched, "")
	signatures := writeSignature(t, watched)
	page := &natsPage{t: t, dir: dir, env: []string{"PATH=" + binDir + ":" + os.Getenv("PATH")}}
	seen := map[string]bool{}
	for _, line := range shellLines(repoFile(t, "docs", "nats.md")) {
		line = strings.ReplaceAll(strings.TrimPrefix(line, "sudo "), "localhost:4222", "localhost:"+port)
		program := strings.Fields(line)[0]
		seen[program] = true
		switch {
		case strings.HasPrefix(line, "cp deploy/"):
			conf := replaced(t, repoFile(t, "deploy", "nats", "nats.conf"), "0.0.0.0:4222", "127.0.0.1:"+port, "8GB", "5GB")
			writeFile(t, filepath.Join(dir, "nats.conf"), conf)
		case program == "nats-server":
			page.start(line)
			listening(t, "127.0.0.1:"+port)
		case program == "weir-collector":
			needEBPF(t)
			page.service(line)
		case program == "weir-detector":
			page.service(line + " --signatures " + signatures)
		case strings.HasPrefix(program, "weir-"):
			page.service(line)
		case strings.Contains(line, "findings tail"):
			page.tail = page.start(line)
		default:
			page.run(line)
		}
	}
	if !seen["weir"] || !seen["openssl"] || page.tail == nil {
		t.Errorf("the page has only commands of %v", seen)
	}
	page.finding(watched)
	page.healthy()
}

// natsPage is the state of going through the page.
type natsPage struct {
	t        *testing.T
	dir      string
	env      []string
	tail     *process
	services []*process
}

// run runs a command to its end, which must be good.
func (p *natsPage) run(line string) {
	p.t.Helper()
	cmd := exec.CommandContext(p.t.Context(), "sh", "-c", line)
	cmd.Dir, cmd.Env = p.dir, append(os.Environ(), p.env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("%s: %v\n%s", line, err, out)
	}
}

func (p *natsPage) start(line string) *process {
	p.t.Helper()
	return startIn(p.t, p.dir, p.env, strings.Fields(line)...)
}

// service starts a service with a port of its own, in place of the page's.
func (p *natsPage) service(line string) *process {
	p.t.Helper()
	words := strings.Fields(line)
	if i := slices.Index(words, "--http"); i > 0 {
		words = slices.Delete(words, i, i+2)
	}
	addr := freeAddress(p.t)
	s := startIn(p.t, p.dir, p.env, append(words, "--http", addr)...)
	s.http = "http://" + addr
	s.waitReady(30 * time.Second)
	p.services = append(p.services, s)
	return s
}

// finding reads the watched file until the tail shows it.
func (p *natsPage) finding(watched string) {
	p.t.Helper()
	eventually(p.t, 30*time.Second, "the finding is shown", func() error {
		if err := exec.Command("cat", watched).Run(); err != nil {
			return err
		}
		if !contains(p.tail.stdout.String(), "Watched File") {
			return fmt.Errorf("the tail shows %q", p.tail.stdout.String())
		}
		return nil
	})
}

// healthy wants services that were refused nothing.
func (p *natsPage) healthy() {
	p.t.Helper()
	for _, s := range p.services {
		if body, err := httpGet(p.t.Context(), s.http+"/readyz"); err != nil || !contains(body, `"name":"nats","status":"ready"`) {
			p.t.Errorf("%s: %v %s", s.cmd.Path, err, body)
		}
	}
}
