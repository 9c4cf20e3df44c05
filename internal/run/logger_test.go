package run

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
)

func TestNewLogger(t *testing.T) {
	var out bytes.Buffer
	log, err := NewLogger(&out, "warn", "json", false)
	if err != nil {
		t.Fatal(err)
	}
	log.Info("unseen")
	log.Warn("seen", slog.Int("n", 1))
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%q is not one JSON line: %v", out.String(), err)
	}
	if line["msg"] != "seen" {
		t.Errorf("got %v", line)
	}
	out.Reset()
	text, err := NewLogger(&out, "info", "text", false)
	if err != nil {
		t.Fatal(err)
	}
	text.Info("plain")
	if !strings.Contains(out.String(), "plain") || strings.Contains(out.String(), "\x1b") {
		t.Errorf("got %q", out.String())
	}
}

func TestNewLoggerRefuses(t *testing.T) {
	for _, c := range []struct{ level, format, want string }{
		{"loud", "text", `log level "loud": use debug, info, warn or error`},
		{"info", "xml", `log format "xml": use text or json`},
	} {
		if _, err := NewLogger(nil, c.level, c.format, false); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}
