package e2e

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus/bustest"
)

// A service that may not do its work ends at once and says what it may not; one
// whose rights are taken while it runs says so in its health.
func TestServicesNameTheMissingRight(t *testing.T) {
	keys := t.TempDir()
	conf, stderr, code := output(t, "weir", "nats", "config", "--keys", keys, "--partitions", "2", "--max-store", "128MiB")
	if code != 0 {
		t.Fatal(stderr)
	}
	url := bustest.Configured(t, conf).ClientURL()
	as := func(user string, args ...string) []string {
		return append(args, "--nats-url", url, "--nats-nkey", filepath.Join(keys, user+".nk"))
	}
	notifier := as("notifier", "--nats-inbox-prefix", "_INBOX_notifier", "--http", "off")
	if _, stderr, code := output(t, "weir-notifier", notifier...); code != 1 || !contains(stderr, `run "weir nats provision"`) {
		t.Errorf("before anything is made: exit code %d\n%s", code, stderr)
	}
	if _, stderr, code := output(t, "weir", as("admin", "nats", "provision", "--partitions", "2", "--max-store", "128MiB")...); code != 0 {
		t.Fatal(stderr)
	}
	for _, c := range []struct{ service, user, inbox, says string }{
		{"weir-notifier", "enricher", "_INBOX_enricher", `publish to "$JS.API.STREAM.INFO.WEIR_DETECTIONS"`},
		{"weir-enricher", "enricher", "_INBOX_detector", "--nats-inbox-prefix"},
		{"weir-detector", "subscriber", "_INBOX_subscriber", `"$JS.API.STREAM.INFO.WEIR_EVENTS"`},
		{"weir-detector", "detector", "_INBOX_detector", "leave it out"},
	} {
		args := as(c.user, "--nats-inbox-prefix", c.inbox, "--http", "off")
		if c.says == "leave it out" {
			args = append(args, "--partitions", "5")
		}
		began := time.Now()
		_, stderr, code := output(t, c.service, args...)
		if code != 1 || !contains(stderr, c.says) {
			t.Errorf("%s as %s: exit code %d, want %q\n%s", c.service, c.user, code, c.says, stderr)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s as %s: it took %v", c.service, c.user, took)
		}
	}
}
