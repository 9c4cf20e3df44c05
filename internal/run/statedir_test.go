package run

import (
	"errors"
	"testing"
)

func TestStateDir(t *testing.T) {
	home := func() (string, error) { return "/home/ada", nil }
	homeless := func() (string, error) { return "", errors.New("no home") }
	for _, c := range []struct {
		name string
		env  map[string]string
		home func() (string, error)
		want string
	}{
		{"systemd", map[string]string{"STATE_DIRECTORY": "/var/lib/weir:/var/lib/x", "XDG_STATE_HOME": "/s"}, home, "/var/lib/weir"},
		{"xdg", map[string]string{"XDG_STATE_HOME": "/s"}, home, "/s/weir"},
		{"relative xdg is ignored", map[string]string{"XDG_STATE_HOME": "s"}, home, "/home/ada/.local/state/weir"},
		{"home", nil, home, "/home/ada/.local/state/weir"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := StateDir("data-dir", func(key string) string { return c.env[key] }, c.home)
			if err != nil || got != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
	got, err := StateDir("data-dir", func(string) string { return "" }, homeless)
	if (err == nil) != (got == "/var/lib/weir") {
		t.Errorf("without a home: %q, %v", got, err)
	}
}
