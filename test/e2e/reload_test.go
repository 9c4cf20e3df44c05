package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// signatureFor is a signature that watches a path.
func signatureFor(id, path string) string {
	return strings.NewReplacer("PREFIX", path, "tracee.Watch", "tracee."+id, "Watch-0.1.0", id).Replace(exampleSignature)
}

// read opens a file as an attacker would.
func read(t *testing.T, path string) {
	t.Helper()
	if err := exec.Command("cat", path).Run(); err != nil {
		t.Fatal(err)
	}
}

// says waits until the program has written something, and returns how long that
// took.
func (p *process) says(limit time.Duration, text string) time.Duration {
	p.t.Helper()
	began := time.Now()
	eventually(p.t, limit, fmt.Sprintf("it says %q", text), func() error {
		if !strings.Contains(p.stderr.String(), text) {
			return fmt.Errorf("not yet")
		}
		return nil
	})
	return time.Since(began)
}

// findsIn reads a file until a finding tells of it, for as long as collectors
// need to hear of a new signature.
func findsIn(t *testing.T, s *subscriber, id, path string) {
	t.Helper()
	eventually(t, 3*time.Second, "a finding of "+id+" in "+path, func() error {
		read(t, path)
		time.Sleep(50 * time.Millisecond)
		for _, m := range s.all() {
			if strings.Contains(m.Subject, id) && strings.Contains(string(m.Data), path) {
				return nil
			}
		}
		return fmt.Errorf("none in %d findings", len(s.all()))
	})
}

// Signatures change under a running Weir: a new file finds, a broken one stays
// as it was and says what is wrong, a mended one finds again.
func TestSignaturesChangeWhileRunning(t *testing.T) {
	needEBPF(t)
	files := t.TempDir()
	one, two := filepath.Join(files, "one"), filepath.Join(files, "two")
	writeFile(t, one, "")
	writeFile(t, two, "")
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "one.rego"), signatureFor("ONE", one))
	weir, url := startRun(t, nil, "--signatures", dir)
	findings := subscribe(t, url, "weir.findings.>")
	findsIn(t, findings, "ONE", one)

	makeDir(t, filepath.Join(dir, "new"))
	writeFile(t, filepath.Join(dir, "new", "two.rego"), signatureFor("TWO", two))
	findsIn(t, findings, "TWO", two)
	weir.says(3*time.Second, "signatures reloaded")

	writeFile(t, filepath.Join(dir, "one.rego"), "package broken\n\ntracee_match { x == }\n")
	weir.says(3*time.Second, "one.rego:3:21: unexpected }")
	weir.says(3*time.Second, "it stays in force as it was when it last loaded")
	before := len(findings.all())
	findsIn(t, findings, "ONE", one)
	eventually(t, 3*time.Second, "another finding", func() error {
		if len(findings.all()) == before {
			return fmt.Errorf("none after the broken edit")
		}
		return nil
	})
	if _, err := httpGet(t.Context(), weir.http+"/healthz"); err == nil || !strings.Contains(err.Error(), "1 not loaded") {
		t.Errorf("health says %v, want that it is degraded", err)
	}

	writeFile(t, filepath.Join(dir, "one.rego"), signatureFor("UNO", one))
	findsIn(t, findings, "UNO", one)
	if _, err := httpGet(t.Context(), weir.http+"/healthz"); err != nil {
		t.Errorf("health says %v, want that all is well", err)
	}
	if err := weir.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	weir.says(3*time.Second, "cause=SIGHUP")
	if code := weir.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// keyPair writes a private key and its public one.
func keyPair(t *testing.T) (private, public string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	open, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	private, public = filepath.Join(dir, "private.pem"), filepath.Join(dir, "public.pem")
	writeFile(t, private, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	writeFile(t, public, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: open})))
	return private, public
}

// A bundle is pushed to a running Weir and finds; what is not signed is refused
// and takes nothing away; after a restart the bundle is there from the start.
func TestPushToARunningWeir(t *testing.T) {
	needEBPF(t)
	private, public := keyPair(t)
	watched := filepath.Join(t.TempDir(), "watched")
	writeFile(t, watched, "")
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "b.rego"), signatureFor("BUNDLED", watched))
	data, listen := t.TempDir(), freeAddress(t)
	args := []string{
		"run", "--data-dir", data, "--listen", listen, "--pack", "none", "--bundle-key", public, "--instance", "here",
	}
	weir := startReady(t, nil, "weir", args...)
	url := "nats://" + listen
	findings := subscribe(t, url, "weir.findings.>")
	push := func(more ...string) (string, int) {
		stdout, stderr, code := output(t, "weir", append([]string{
			"signature", "push", dir, "--name", "corp", "--nats-url", url, "--wait", "--timeout", "10s",
		}, more...)...)
		return stdout + stderr, code
	}
	if text, code := push("--signing-key", private); code != 0 || !contains(text, "running") || !contains(text, "here") {
		t.Fatalf("exit code %d:\n%s", code, text)
	}
	findsIn(t, findings, "BUNDLED", watched)

	writeFile(t, filepath.Join(dir, "b.rego"), signatureFor("OTHER", watched))
	if text, code := push(); code != 1 || !contains(text, "refused") || !contains(text, "not signed") {
		t.Errorf("not signed: exit code %d:\n%s", code, text)
	}
	weir.says(time.Second, "reason=unsigned")
	stdout, stderr, code := output(t, "weir", "signature", "list", "--nats-url", url)
	if code != 0 || !contains(stdout, "BUNDLED") || contains(stdout, "OTHER") || !contains(stdout, "corp@1 (2 refused)") {
		t.Errorf("exit code %d:\n%s%s", code, stdout, stderr)
	}
	if code := weir.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}

	// The newest version is still a bad one; the last good one is taken.
	weir = startReady(t, nil, "weir", args...)
	weir.says(time.Second, "Signatures  BUNDLED,")
	if text, code := push("--signing-key", private); code != 0 || !contains(text, "running") {
		t.Fatalf("exit code %d:\n%s", code, text)
	}
	findsIn(t, subscribe(t, url, "weir.findings.>"), "OTHER", watched)
}

// The same by a detector of its own, whose collector hears of the events that a
// pushed signature needs.
func TestPushToADetector(t *testing.T) {
	needEBPF(t)
	weir, url := startRun(t, nil, "--pack", "none", "--instance", "all", "--allow-unsigned-bundles")
	startReady(t, nil, "weir-detector", "--nats-url", url, "--pack", "none", "--instance", "own", "--allow-unsigned-bundles")
	watched := filepath.Join(t.TempDir(), "watched")
	writeFile(t, watched, "")
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "b.rego"), signatureFor("BUNDLED", watched))
	findings := subscribe(t, url, "weir.findings.>")
	stdout, stderr, code := output(t, "weir", "signature", "push", dir, "--name", "corp", "--nats-url", url, "--wait")
	if code != 0 || strings.Count(stdout, "running") != 2 || !contains(stdout, "own") || !contains(stdout, "not signed") {
		t.Fatalf("exit code %d:\n%s%s", code, stdout, stderr)
	}
	findsIn(t, findings, "BUNDLED", watched)
	if _, _, code := output(t, "weir", "signature", "bundle", "remove", "corp", "--nats-url", url); code != 0 {
		t.Errorf("exit code %d", code)
	}
	weir.says(3*time.Second, "bundle removed")
}
