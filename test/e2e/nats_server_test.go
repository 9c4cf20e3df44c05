package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// buildNATS builds the real NATS server, of the version that Weir embeds, beside
// the programs; once.
var buildNATS = sync.OnceValue(func() error {
	build := exec.Command("go", "build", "-o", filepath.Join(binDir, "nats-server"), "github.com/nats-io/nats-server/v2")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build nats-server: %w\n%s", err, out)
	}
	return nil
})

func needNATS(t *testing.T) {
	t.Helper()
	if err := buildNATS(); err != nil {
		t.Fatal(err)
	}
}

// listening waits until somebody listens at an address.
func listening(t *testing.T, address string) {
	t.Helper()
	eventually(t, 30*time.Second, "a server listens at "+address, func() error {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return err
		}
		return conn.Close()
	})
}

// repoFile returns a file of the repository.
func repoFile(t *testing.T, parts ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{moduleRoot(t)}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// replaced replaces texts that must be there.
func replaced(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%q is not in\n%s", pairs[i], text)
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}
