package bus_test

import (
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
)

func TestConfigValidate(t *testing.T) {
	for _, c := range []struct {
		name string
		cfg  bus.Config
		want string
	}{
		{"zero", bus.Config{}, ""},
		{"one address", bus.Config{URL: "nats://127.0.0.1:4222"}, ""},
		{"several", bus.Config{URL: "tls://a:4222, tls://b:4222"}, ""},
		{"no scheme", bus.Config{URL: "localhost:4222"}, "want nats://host:port"},
		{"no host", bus.Config{URL: "nats://:4222"}, "no host"},
		{"http", bus.Config{URL: "http://a"}, "want nats://host:port"},
		{"the second is bad", bus.Config{URL: "nats://a,b"}, `"b"`},
		{"password stays secret", bus.Config{URL: "http://me:hunter2@a"}, "me:" + strings.Repeat("x", 5) + "@a"},
		{"two credentials", bus.Config{CredsFile: "a", NKeyFile: "b"}, "choose one"},
		{"certificate without key", bus.Config{TLSCert: "a"}, "given together"},
	} {
		t.Run(c.name, func(t *testing.T) { wantError(t, c.cfg.Validate(), c.want) })
	}
}

func TestLayoutValidate(t *testing.T) {
	for _, c := range []struct {
		name   string
		layout bus.Layout
		want   string
	}{
		{"zero", bus.Layout{}, ""},
		{"small but enough", bus.Layout{Partitions: 1, MaxBytes: 64 << 20, Replicas: 3, RawAge: time.Minute}, ""},
		{"too small", bus.Layout{MaxBytes: 1 << 20}, "at least"},
		{"negative partitions", bus.Layout{Partitions: -1}, "partitions are -1"},
		{"too many partitions", bus.Layout{Partitions: 1000}, "partitions are 1000"},
		{"two replicas", bus.Layout{Replicas: 2}, "replicas are 2"},
		{"age in the past", bus.Layout{FindingsAge: -time.Hour}, "age of a stream"},
	} {
		t.Run(c.name, func(t *testing.T) { wantError(t, c.layout.Validate(), c.want) })
	}
}

// wantError checks that an error holds a text, or that there is none for "".
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("unexpected error: %v", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("error is %v, want one with %q", err, want)
	}
	if err != nil && strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error tells the password: %v", err)
	}
}
