package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// connections told by the kernel, with the address.
const connectSignature = `package tracee.names_test

__rego_metadoc__ := {"id": "Names-0.1.0", "version": "0.1.0", "name": "A connection", "eventName": "a_connection", "properties": {"Severity": 1}}

tracee_selected_events contains {"source": "tracee", "name": "security_socket_connect"}

tracee_match := {"address": addr, "seen": object.get(input, "dns", {})} if {
	some arg in input.args
	arg.name == "remote_addr"
	addr := arg.value.sin_addr
	startswith(addr, "127.7.0.")
}
`

// A container asks a DNS server over UDP and TCP and connects to the addresses
// that it is told: the findings name them, and so does what the signature sees.
// Another container, which was not told, connects to the same ones.
func TestConnectionsHaveNames(t *testing.T) {
	needEBPF(t)
	root := cgroupRoot(t)
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "names.rego"), connectSignature)
	_, url := startRun(t, nil, "--signatures", dir)
	findings := subscribe(t, url, "weir.findings.>")
	told, other := strings.Repeat("aaaabbbbccccdddd", 4), strings.Repeat("ddddccccbbbbaaaa", 4)
	actIn(t, root, told, "udp:udp.weir.test", "connect:127.7.0.1:80", "tcp:tcp.weir.test", "connect:127.7.0.2:80", "connect:127.7.0.3:80")
	actIn(t, root, other, "connect:127.7.0.1:80", "connect:127.7.0.2:80")
	want := []string{
		"aaaa 127.7.0.1 resolved udp.weir.test alias.udp.weir.test",
		"aaaa 127.7.0.2 resolved tcp.weir.test alias.tcp.weir.test",
		"aaaa 127.7.0.3 not_found",
		"dddd 127.7.0.1 not_found",
		"dddd 127.7.0.2 not_found",
	}
	var got []string
	eventually(t, 10*time.Second, "the findings", func() error {
		got = nil
		for _, m := range findings.all() {
			got = append(got, namesIn(t, newValidator(t).check(t, m.Data).Data()))
		}
		if len(got) < len(want) {
			return fmt.Errorf("%d findings: %q", len(got), got)
		}
		return nil
	})
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// namesIn is what a finding says: whose it is, the address and its names.
func namesIn(t *testing.T, data []byte) string {
	t.Helper()
	var f struct {
		Container struct{ ID string }
		DNS       []string
		Data      struct {
			Address string
			Seen    struct {
				Names  []string
				Status string
			}
		}
		Enrichment map[string]string
	}
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	if f.Data.Seen.Status != f.Enrichment["dns"] || !slices.Equal(f.Data.Seen.Names, f.DNS) {
		t.Errorf("the signature sees %+v, the finding says %q, %q", f.Data.Seen, f.DNS, f.Enrichment["dns"])
	}
	id := f.Container.ID
	return strings.TrimSpace(id[:min(4, len(id))] + " " + f.Data.Address + " " + f.Enrichment["dns"] + " " + strings.Join(f.DNS, " "))
}

// actIn runs steps of act in a cgroup as Docker makes them, with a network
// of its own.
func actIn(t *testing.T, root, id string, steps ...string) {
	t.Helper()
	dir := filepath.Join(root, "docker", id)
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a cgroup is no secret
		t.Skip("cannot make a cgroup: ", err)
	}
	t.Cleanup(func() {
		_ = os.Remove(dir)
		_ = os.Remove(filepath.Dir(dir))
	})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, append([]string{dir}, steps...)...)
	cmd.Env = append(os.Environ(), actionKey+"=names")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
