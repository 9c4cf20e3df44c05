package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/services/detector/reload"
)

// execute runs a command of the program and returns what it writes.
func invoke(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	root := newRoot()
	var out, messages bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&messages)
	root.SetArgs(args)
	root.SilenceErrors, root.SilenceUsage = true, true
	err = root.ExecuteContext(t.Context())
	return out.String(), messages.String(), err
}

// mustRun runs a command that must not fail, with its output in JSON.
func mustRun(t *testing.T, into any, args ...string) {
	t.Helper()
	stdout, stderr, err := invoke(t, append(args, "--output", "json")...)
	if err != nil {
		t.Fatalf("weir %s: %v\n%s", strings.Join(args, " "), err, stderr)
	}
	if err := json.Unmarshal([]byte(stdout), into); err != nil {
		t.Fatalf("weir %s: %v\n%s", strings.Join(args, " "), err, stdout)
	}
}

// signatureDir is a directory called "corp" with one signature.
func signatureDir(t *testing.T, match string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "Corp")
	text := "package a\nimport rego.v1\n__rego_metadoc__ := {\"id\": \"A\", \"version\": \"1\"}\n" +
		"tracee_selected_events contains {\"source\": \"tracee\", \"name\": \"openat\"}\ntracee_match if " + match + "\n"
	suite := "signature: A\ncases: [{name: opened, events: [{eventName: openat}], findings: [{event: 0}]}]\n"
	err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(dir+"/a.rego", []byte(text), 0o600),
		os.WriteFile(dir+"/tests.yaml", []byte(suite), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// secretFile is a shared secret.
func secretFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, bytes.Repeat([]byte("s"), 32), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A bundle's life: pushed, listed, pushed again, rolled back, removed, back.
func TestBundleCommands(t *testing.T) {
	_, url := bustest.RunListening(t)
	secret := secretFile(t)
	at := func(args ...string) []string { return append(args, "--nats-url", url) }
	push := func(match string) pushed {
		var p pushed
		mustRun(t, &p, at("signature", "push", signatureDir(t, match), "--signing-key", secret, "--algorithm", "HS256",
			"--key-id", "k", "--author", "me")...)
		return p
	}
	first := push("true")
	if first.Name != "corp" || first.Revision != 1 || first.Files != 2 || first.KeyID != "k" || first.Algorithm != "HS256" ||
		first.Author != "me" || !strings.HasPrefix(first.Digest, "sha256:") || time.Since(first.Created) > time.Minute {
		t.Errorf("pushed %+v", first)
	}
	second := push("input.eventName")
	var list []listedBundle
	mustRun(t, &list, at("signature", "bundle", "list", "--bundle-key", "hmac:"+secret)...)
	if len(list) != 2 || list[0].Current || !list[1].Current || !list[1].Verified || list[1].Label != second.Label || list[1].Digest != second.Digest || list[0].Label == second.Label {
		t.Errorf("listed %+v", list)
	}
	var back rolledBack
	mustRun(t, &back, at("signature", "bundle", "rollback", "corp")...)
	if back.Revision != 3 || back.From != 1 {
		t.Errorf("rolled back %+v", back)
	}
	mustRun(t, &back, at("signature", "bundle", "rollback", "corp", "--to", "2")...)
	if back.Revision != 4 || back.From != 2 {
		t.Errorf("rolled back %+v", back)
	}
	var removed map[string]string
	mustRun(t, &removed, at("signature", "bundle", "remove", "corp")...)
	stdout, _, err := invoke(t, at("signature", "bundle", "list")...)
	if err != nil || !strings.Contains(stdout, "removed") || !strings.Contains(stdout, "not verified, key k") || !strings.Contains(stdout, "0 bundles") {
		t.Errorf("listed %v:\n%s", err, stdout)
	}
	mustRun(t, &back, at("signature", "bundle", "rollback", "corp")...)
	if back.Revision != 6 || back.From != 4 {
		t.Errorf("brought back %+v", back)
	}
	odd := filepath.Join(t.TempDir(), "My signatures")
	if err := os.Mkdir(odd, 0o700); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"no such bundle":                 at("signature", "bundle", "remove", "none"),
		`bundle name "A*"`:               at("signature", "bundle", "remove", "A*"),
		"rollback none: no such bundle":  at("signature", "bundle", "rollback", "none"),
		"no version with revision 99":    at("signature", "bundle", "rollback", "corp", "--to", "99"),
		"no detector runs":               at("signature", "bundle", "rollback", "corp", "--wait", "--timeout", "100ms"),
		"no detector is running":         at("signature", "list"),
		"bundle key: open none":          at("signature", "bundle", "list", "--bundle-key", "none"),
		"choose one with --name":         at("signature", "push", odd),
		"signing key: open none":         at("signature", "push", signatureDir(t, "true"), "--signing-key", "none"),
		"signature directory: stat none": at("signature", "push", "none"),
		"is a file":                      at("signature", "push", secret),
		`bundle name "X"`:                at("signature", "push", signatureDir(t, "true"), "--name", "X"),
	} {
		if _, _, err := invoke(t, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", strings.Join(args, " "), err, want)
		}
	}
}

// What does not load or fails its tests is not pushed, but by force.
func TestPushIsTestedFirst(t *testing.T) {
	conn, url := bustest.RunListening(t)
	dir := signatureDir(t, "false")
	_, stderr, err := invoke(t, "signature", "push", dir, "--nats-url", url)
	if err == nil || !strings.Contains(err.Error(), "nothing is pushed: 1 thing is wrong") ||
		!strings.Contains(stderr, dir+`/tests.yaml: test "opened": event 0 (openat): no finding`) {
		t.Errorf("error %v\n%s", err, stderr)
	}
	if list, err := conn.Bundles(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%d bundles: %v", len(list), err)
	}
	stdout, stderr, err := invoke(t, "signature", "push", dir, "--nats-url", url, "--force")
	if err != nil || !strings.Contains(stderr, "pushed although 1 thing is wrong") || !strings.Contains(stdout, "It is not signed") {
		t.Errorf("error %v\n%s%s", err, stdout, stderr)
	}
}

// What the detectors say is shown by detector and by signature.
func TestListRunning(t *testing.T) {
	conn, url := bustest.RunListening(t)
	say := func(instance, version string, refused uint64) {
		value, err := json.Marshal(reload.Status{
			Instance: instance, Set: "set-" + version, Count: 2, NotLoaded: 1,
			Bundles: []reload.BundleStatus{{Name: "corp", Revision: 3, Refused: refused, Reason: "bad\x1b[31m"}},
			Signatures: []reload.SignatureStatus{
				{ID: "A", Version: version, Source: "bundle corp/a.rego"},
				{ID: "B", Version: "1", Source: "b.rego", Quarantined: refused > 0},
				{ID: "C", Version: "1", Source: "c.rego", Tier: "topdown", TierReason: "demoted\x1b[2J"},
			},
		})
		if err == nil {
			err = conn.PutMember(t.Context(), reload.MemberKind, instance, value, time.Minute)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	say("one", "1", 0)
	say("two", "2", 4)
	stdout, stderr, err := invoke(t, "signature", "list", "--nats-url", url)
	if err != nil {
		t.Fatal(err, stderr)
	}
	for _, want := range []string{"corp@3 (4 refused)", "set-1", "one, two (quarantined)", "bundle corp/a.rego", "C is topdown: demoted\\x1b[2J\n"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the table lacks %q:\n%s", want, stdout)
		}
	}
	var detectors []reload.Status
	mustRun(t, &detectors, "signature", "list", "--nats-url", url)
	if len(detectors) != 2 || detectors[1].Signatures[0].Version != "2" {
		t.Errorf("detectors %+v", detectors)
	}
	// A push of revision 5 is not there yet, that of 3 and 4 is refused by one.
	await := awaitOptions{wanted: true, timeout: 300 * time.Millisecond}
	for revision, want := range map[uint64]string{3: "1 detector refuses it", 4: "1 detector refuses it", 5: "not all detectors"} {
		states, err := await.wait(t.Context(), conn, "corp", revision)
		if err == nil || !strings.Contains(err.Error(), want) || len(states) != 2 {
			t.Errorf("revision %d: %+v, error %v, want %q", revision, states, err, want)
		}
	}
	var out bytes.Buffer
	printTaken(&out, []taken{{Detector: "two", State: takenRefused, Reason: "bad\x1b[31m"}})
	if strings.Contains(out.String(), "\x1b") || !strings.Contains(out.String(), "refused") {
		t.Errorf("table %q", out.String())
	}
}

func TestChooseVersion(t *testing.T) {
	v := func(revision uint64, data string) bus.StoredBundle {
		return bus.StoredBundle{Revision: revision, Data: []byte(data), Removed: data == ""}
	}
	tests := []struct {
		name    string
		history []bus.StoredBundle
		to      uint64
		want    uint64
	}{
		{"the one before", []bus.StoredBundle{v(1, "a"), v(2, "b"), v(3, "c")}, 0, 2},
		{"the same content again", []bus.StoredBundle{v(1, "a"), v(2, "b"), v(3, "b")}, 0, 1},
		{"after a removal", []bus.StoredBundle{v(1, "a"), v(2, "b"), v(3, "")}, 0, 2},
		{"across a removal", []bus.StoredBundle{v(1, "a"), v(2, ""), v(3, "b")}, 0, 1},
		{"one that is asked for", []bus.StoredBundle{v(1, "a"), v(2, "b"), v(3, "c")}, 1, 1},
		{"the only one", []bus.StoredBundle{v(1, "a")}, 0, 0},
		{"none", nil, 0, 0},
		{"a removal that is asked for", []bus.StoredBundle{v(1, "a"), v(2, ""), v(3, "b")}, 2, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := chooseVersion(test.history, "b", test.to)
			if got.Revision != test.want || (err == nil) != (test.want > 0) {
				t.Errorf("revision %d: %v, want %d", got.Revision, err, test.want)
			}
		})
	}
}
