package destination

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/notifier/cloudevent"
	"github.com/weirsec/weir/services/notifier/terminal"
)

func TestConsoleForms(t *testing.T) {
	d := sample(t)
	f := Finding{CloudEvent: message(t, d).Data, Detection: d}
	var human, machine bytes.Buffer
	opts := terminal.Options{Location: time.UTC}
	for _, c := range []*Console{NewConsole(&human, opts), NewJSONConsole(&machine)} {
		for range 2 {
			if err := c.Deliver(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		if c.Name() != "stdout" {
			t.Errorf("name %q", c.Name())
		}
	}
	if want := strings.Repeat(terminal.Render(&d, opts)+"\n", 2); human.String() != want {
		t.Errorf("got\n%s\nwant\n%s", human.String(), want)
	}
	if want := strings.Repeat(string(f.CloudEvent)+"\n", 2); machine.String() != want {
		t.Errorf("got\n%s\nwant\n%s", machine.String(), want)
	}
}

// A line of JSON is one line of safe characters, and still the same event.
func TestJSONConsoleIsSafe(t *testing.T) {
	d := sample(t)
	d.Finding.Process.Args = []string{"\x1b[2J", "\u009b31m", "\u202e", "\r\n", "\U000e0041", "ünïcode ✓", "\x7f"}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, message(t, d).Data, "", "  "); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := NewJSONConsole(&out).Deliver(t.Context(), Finding{CloudEvent: pretty.Bytes()}); err != nil {
		t.Fatal(err)
	}
	line := out.String()
	if strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "}\n") {
		t.Errorf("not one line: %q", line)
	}
	if strings.ContainsAny(line, "\x1b\u009b\u202e\r\x7f\U000e0041") {
		t.Errorf("unsafe characters in %q", line)
	}
	if !strings.Contains(line, "ünïcode ✓") {
		t.Error("harmless characters were escaped")
	}
	var e event.Event
	if err := json.Unmarshal(out.Bytes(), &e); err != nil || e.Validate() != nil {
		t.Fatalf("no valid event: %v, %v", err, e.Validate())
	}
	var f finding.Finding
	if err := cloudevent.DecodeJSON(e.Data(), &f); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(f.Process.Args, d.Finding.Process.Args) {
		t.Errorf("arguments %q, want %q", f.Process.Args, d.Finding.Process.Args)
	}
}

// Nobody at the other end of the pipe is a clean end, whatever the system calls
// it; other errors are not.
func TestConsoleErrors(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = writer.Close() }()
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	closed, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full to write to:", err)
	}
	defer func() { _ = full.Close() }()
	tests := []struct {
		name   string
		out    *os.File
		closed bool
	}{{"pipe without a reader", writer, true}, {"closed file", closed, true}, {"full disk", full, false}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := NewJSONConsole(tt.out).Deliver(t.Context(), Finding{CloudEvent: []byte("{}")})
			if err == nil || errors.Is(err, ErrClosed) != tt.closed {
				t.Errorf("error %v, closed = %v, want %v", err, errors.Is(err, ErrClosed), tt.closed)
			}
		})
	}
	if err := NewJSONConsole(&bytes.Buffer{}).Deliver(t.Context(), Finding{CloudEvent: []byte("{")}); err == nil {
		t.Error("wrote what is no JSON")
	}
}
