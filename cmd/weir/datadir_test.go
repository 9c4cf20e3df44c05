package main

import (
	"errors"
	"testing"
)

func TestDefaultDataDir(t *testing.T) {
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
			got, err := defaultDataDir(func(key string) string { return c.env[key] }, c.home)
			if err != nil || got != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
	got, err := defaultDataDir(func(string) string { return "" }, homeless)
	if (err == nil) != (got == "/var/lib/weir") {
		t.Errorf("without a home: %q, %v", got, err)
	}
}

func TestByteSize(t *testing.T) {
	var s byteSize
	for text, want := range map[string]byteSize{"512MiB": 512 << 20, "4GiB": 4 << 30, "1000": 1000, "2 kB": 2000} {
		if err := s.Set(text); err != nil || s != want {
			t.Errorf("%s is %d, %v; want %d", text, s, err, want)
		}
	}
	for _, text := range []string{"", "many", "-1", "16EiB"} {
		if err := s.Set(text); err == nil {
			t.Errorf("%q is accepted as %d", text, s)
		}
	}
	s = 4 << 30
	if s.String() != "4.0 GiB" {
		t.Errorf("shown as %s", s.String())
	}
}
