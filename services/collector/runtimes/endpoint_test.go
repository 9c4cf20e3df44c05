package runtimes

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestParseEndpoints(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []string
		want   string
	}{
		{"nothing", nil, "[]"},
		{"none", []string{"none"}, "[]"},
		{"docker by its name", []string{"/var/run/docker.sock"}, "[docker=/var/run/docker.sock]"},
		{"address", []string{"unix:///run/docker-2.sock"}, "[docker=/run/docker-2.sock]"},
		{"cri otherwise", []string{"/run/containerd/containerd.sock"}, "[cri=/run/containerd/containerd.sock]"},
		{"said so", []string{"docker=/run/x.sock", "cri=unix:///run/docker.sock"}, "[docker=/run/x.sock cri=/run/docker.sock]"},
		{"equals sign in the path", []string{"cri=/run/a=b"}, "[cri=/run/a=b]"},
		{"auto in a list", []string{"auto", "/run/x"}, `"auto" stands alone`},
		{"none in a list", []string{"/run/x", "none"}, `"none" stands alone`},
		{"relative", []string{"docker.sock"}, "want auto, none or the path"},
		{"not clean", []string{"/run/../x"}, "want auto, none or the path"},
		{"over the network", []string{"tcp://127.0.0.1:2375"}, "want auto, none or the path"},
		{"empty", []string{""}, "want auto, none or the path"},
		{"other kind", []string{"podman=/run/x"}, `not "podman="`},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, err := ParseEndpoints(c.values)
			got := fmt.Sprint(list)
			if err != nil {
				got = err.Error()
			}
			if got != c.want && (err == nil || !strings.Contains(got, c.want)) {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	auto, err := ParseEndpoints([]string{"auto"})
	if err != nil || len(auto) != 5 || (Config{Endpoints: auto}).Validate() != nil {
		t.Errorf("auto: %v, %v", auto, err)
	}
}

func FuzzParseEndpoint(f *testing.F) {
	f.Add("cri=unix:///run/x")
	f.Fuzz(func(t *testing.T, v string) {
		e, err := parseEndpoint(v)
		if err != nil {
			return
		}
		again, err := parseEndpoint(e.String())
		if err != nil || again != e {
			t.Fatalf("%q is %v, and that is %v, %v", v, e, again, err)
		}
	})
}

func TestConfigValidate(t *testing.T) {
	docker := Endpoint{kindDocker, "/x"}
	for name, c := range map[string]Config{
		"want docker or cri":  {Endpoints: []Endpoint{{"x", "/x"}}},
		"without a socket":    {Endpoints: []Endpoint{{kindCRI, ""}}},
		"given twice":         {Endpoints: []Endpoint{docker, docker}},
		"poll every":          {PollEvery: -1},
		"list every":          {ListEvery: 1},
		"patience":            {Patience: -time.Second},
		"retry at most":       {RetryMost: time.Millisecond},
		"questions a second:": {AsksPerSecond: -1},
	} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("want %s, got %v", name, err)
		}
	}
	if err := (Config{}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestIDOf(t *testing.T) {
	hex := strings.Repeat("0123456789abcdef", 4)
	for path, want := range map[string]bool{
		"/docker/" + hex: true, "/system.slice/docker-" + hex + ".scope": true,
		"/kubepods/pod1/" + hex: true, "a:cri-containerd:" + hex: true, hex: true,
		"/docker/" + hex + "/sub": false, "/docker/" + hex[1:]: false, "/docker/" + strings.ToUpper(hex): false,
		"": false, "/": false, "/docker/" + hex + "0": false, "/x-.scope": false,
	} {
		id, ok := idOf(path)
		if ok != want || ok && id != hex {
			t.Errorf("%s: %q, %v", path, id, ok)
		}
	}
}
