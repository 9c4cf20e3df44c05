package terminal

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestDetect(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	tty, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo terminal to look at:", err)
	}
	defer func() { _ = tty.Close() }()
	if err := unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: 93, Row: 30}); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		file *os.File
		env  map[string]string
		want Options
	}{
		{"file", file, map[string]string{"TERM": "xterm"}, Options{}},
		{"terminal", tty, map[string]string{"TERM": "xterm"}, Options{Width: 93, Color: true}},
		{"NO_COLOR", tty, map[string]string{"NO_COLOR": "1"}, Options{Width: 93}},
		{"NO_COLOR is empty", tty, map[string]string{"NO_COLOR": ""}, Options{Width: 93, Color: true}},
		{"dumb", tty, map[string]string{"TERM": "dumb"}, Options{Width: 93}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Detect(tt.file, func(name string) string { return tt.env[name] })
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}
