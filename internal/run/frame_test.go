package run

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// openFrame opens the frame of a command with these arguments.
func openFrame(t *testing.T, args ...string) (*Frame, *bytes.Buffer, error) {
	t.Helper()
	var flags Flags
	var out bytes.Buffer
	cmd := &cobra.Command{Use: "weir"}
	cmd.SetErr(&out)
	flags.Register(cmd.Flags())
	if err := cmd.Flags().Parse(args); err != nil {
		t.Fatal(err)
	}
	frame, err := flags.Open(t.Context(), cmd, "weir-test")
	return frame, &out, err
}

func TestFrame(t *testing.T) {
	config := filepath.Join(t.TempDir(), "weir.yaml")
	if err := os.WriteFile(config, []byte("instance: one\nhttp: 127.0.0.1:0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	frame, out, err := openFrame(t, "--config", config)
	if err != nil {
		t.Fatal(err)
	}
	defer frame.Close(t.Context())
	set := frame.Settings("collector")
	if set.Instance != "one" || set.Meter == nil {
		t.Errorf("got %+v", set)
	}
	set.Logger.Info("attached")
	if !strings.Contains(out.String(), "attached") || !strings.Contains(out.String(), "part=collector") {
		t.Errorf("logged %q", out.String())
	}
	if len(frame.Components()) != 1 || !strings.HasPrefix(frame.HTTP.Addr(), "127.0.0.1:") {
		t.Errorf("the endpoint is not open")
	}
}

func TestFrameWithoutHTTP(t *testing.T) {
	frame, _, err := openFrame(t, "--http", "off")
	if err != nil {
		t.Fatal(err)
	}
	defer frame.Close(t.Context())
	if len(frame.Components()) != 0 {
		t.Error("there is an endpoint")
	}
	host, err := os.Hostname()
	if err != nil || frame.Instance != host {
		t.Errorf("instance %q, want %q", frame.Instance, host)
	}
}

func TestFrameErrors(t *testing.T) {
	busy, _, err := openFrame(t, "--http", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close(t.Context())
	for _, c := range []struct {
		name, want string
		args       []string
	}{
		{"no file", "no-such.yaml", []string{"--config", "no-such.yaml"}},
		{"level", `log level "loud"`, []string{"--log-level", "loud"}},
		{"busy port", busy.HTTP.Addr(), []string{"--http", busy.HTTP.Addr()}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, _, err := openFrame(t, c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestColour(t *testing.T) {
	if Colour(&bytes.Buffer{}) || Colour(http.NoBody) {
		t.Error("a buffer is no terminal")
	}
	if !strings.HasPrefix(VersionLine("weir"), "weir "+Version()+" (go") {
		t.Errorf("got %q", VersionLine("weir"))
	}
}
