package e2e

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/schemas/ledger"
)

// balanced is what "weir ledger -o json" prints.
type balanced struct {
	State ledger.State      `json:"state"`
	Nodes []*ledger.Balance `json:"nodes"`
}

// readLedger waits until all that is on its way has arrived.
func readLedger(t *testing.T, url string, args ...string) balanced {
	t.Helper()
	stdout, stderr, code := output(t, "weir", append([]string{"ledger", "--nats-url", url, "--output", "json"}, args...)...)
	var b balanced
	if err := json.Unmarshal([]byte(stdout), &b); err != nil || code != 0 {
		t.Fatalf("exit code %d, %v:\n%s%s", code, err, stdout, stderr)
	}
	return b
}

// Killed at any time, detectors and enrichers account for the same events: all of
// them, once.
func TestLedgerBalancesAfterKills(t *testing.T) {
	needEBPF(t)
	_, url := bustest.RunListening(t)
	watched := filepath.Join(t.TempDir(), "watched")
	writeFile(t, watched, "")
	dir := writeSignature(t, watched)
	services := map[string]func(instance string) *process{
		"enricher": func(instance string) *process {
			return startReady(t, nil, "weir-enricher", "--nats-url", url, "--instance", instance)
		},
		"detector": func(instance string) *process {
			return startReady(t, nil, "weir-detector", "--nats-url", url, "--signatures", dir, "--instance", instance)
		},
		"notifier": func(instance string) *process {
			return startReady(t, nil, "weir-notifier", "--nats-url", url, "--instance", instance)
		},
	}
	running := map[string]*process{}
	for name, start := range services {
		running[name] = start("first")
	}
	collector := startReady(t, nil, "weir-collector", "--nats-url", url, "--node", "web-1", "--spool-bytes", "0")
	waitForInterest(t, collector)
	read := func(times int) {
		t.Helper()
		for range times {
			if err := exec.Command("cat", watched).Run(); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range []string{"enricher", "detector", "notifier"} {
		read(20)
		if err := running[name].cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		read(20)
		running[name] = services[name]("second")
	}
	read(10)
	const reads = 3*40 + 10
	if code := collector.stop(); code != 0 {
		t.Errorf("the collector ends with %d", code)
	}
	var b balanced
	eventually(t, 40*time.Second, "the balance with all findings", func() error {
		b = readLedger(t, url)
		if b.State != ledger.Balanced || len(b.Nodes) != 1 || b.Nodes[0].Stages["notifier"] == nil ||
			b.Nodes[0].Stages["notifier"].Published < reads {
			text, err := json.Marshal(b)
			return fmt.Errorf("%s %w", text, err)
		}
		return nil
	})
	n := b.Nodes[0]
	if n.Node != "web-1" || n.Stages["notifier"].Published != reads || n.Stages["enricher"].Read == 0 {
		t.Errorf("%d findings of %d reads on %s", n.Stages["notifier"].Published, reads, n.Node)
	}
	for _, state := range []string{"seen", "submitted", "filtered"} {
		if n.Stages["enricher"].Kernel[state] == 0 {
			t.Errorf("the kernel has counted no event as %s", state)
		}
	}
	for reason, lost := range n.Lost {
		t.Errorf("%d events are lost: %s", lost, reason)
	}
	stdout, _, code := output(t, "weir", "ledger", "--nats-url", url, "--node", "web-1", "--since", "1h")
	if code != 0 || !strings.Contains(stdout, "Balanced: every event is accounted for.") || !strings.Contains(stdout, "web-1") {
		t.Errorf("exit code %d:\n%s", code, stdout)
	}
	if _, stderr, code := output(t, "weir", "ledger", "--nats-url", url, "--node", "web-2"); code != 1 || !strings.Contains(stderr, `no accounts of the node "web-2"`) {
		t.Errorf("an unknown node: exit code %d, %s", code, stderr)
	}
}

// What nobody can read is found, shown and redriven by an operator.
func TestDeadLetters(t *testing.T) {
	_, url := bustest.RunListening(t)
	startReady(t, nil, "weir-detector", "--nats-url", url, "--pack", "stable")
	if stdout, _, code := output(t, "weir", "dlq", "list", "--nats-url", url); code != 0 || stdout != "there are no dead letters\n" {
		t.Errorf("at first: exit code %d, %q", code, stdout)
	}
	nc, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	for i := range 3 {
		m := &nats.Msg{Subject: "weir.events.3.web-1", Header: nats.Header{"Nats-Msg-Id": {fmt.Sprint("bad/", i)}}, Data: []byte("no batch")}
		if _, err := nc.RequestMsg(m, 5*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	type letter struct {
		Number               uint64
		Stage, Reason, ID    string
		Subject              string
		Deliveries, Redriven int
	}
	list := func() (letters []letter) {
		t.Helper()
		stdout, stderr, code := output(t, "weir", "dlq", "list", "--nats-url", url, "--output", "json", "--stage", "detector")
		if err := json.Unmarshal([]byte(stdout), &letters); err != nil || code != 0 {
			t.Fatalf("exit code %d, %v: %s%s", code, err, stdout, stderr)
		}
		return letters
	}
	await := func(want int) []letter {
		t.Helper()
		var letters []letter
		eventually(t, 15*time.Second, "the dead letters", func() error {
			if letters = list(); len(letters) != want {
				return fmt.Errorf("%d dead letters, want %d", len(letters), want)
			}
			return nil
		})
		return letters
	}
	letters := await(3)
	if l := letters[0]; l.Stage != "detector" || l.ID != "bad/0" || l.Subject != "weir.events.3.web-1" || !strings.Contains(l.Reason, "batch") {
		t.Errorf("dead letter %+v", l)
	}
	number := fmt.Sprint(letters[0].Number)
	if stdout, _, code := output(t, "weir", "dlq", "show", number, "--nats-url", url); code != 0 || !strings.Contains(stdout, "weir dlq redrive "+number) {
		t.Errorf("show: exit code %d\n%s", code, stdout)
	}
	if stdout, stderr, code := output(t, "weir", "dlq", "redrive", number, "--nats-url", url); code != 0 || !strings.Contains(stdout, "1 of 1") {
		t.Errorf("redrive: exit code %d\n%s%s", code, stdout, stderr)
	}
	// Nothing was mended: it comes back, under a new number.
	eventually(t, 15*time.Second, "the letter to come back", func() error {
		if now := list(); len(now) != 3 || slices.ContainsFunc(now, func(l letter) bool { return fmt.Sprint(l.Number) == number }) {
			return fmt.Errorf("dead letters %+v", now)
		}
		return nil
	})
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"redrive"}, "--all"}, {[]string{"redrive", "999"}, "no dead letter 999"}, {[]string{"show", "x"}, "no number"},
	} {
		if _, stderr, code := output(t, "weir", append(append([]string{"dlq"}, c.args...), "--nats-url", url)...); code == 0 || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: exit code %d, %s", c.args, code, stderr)
		}
	}
}
