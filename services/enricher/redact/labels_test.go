package redact

import (
	"slices"
	"testing"
)

func TestLabels(t *testing.T) {
	plain := []string{"app", "shop", "io.kubernetes.pod.uid", "b13213a6", "tls-secret-name", "shop-tls", "token-ttl", "5m", "password", "", "last"}
	if got := Labels(plain); !slices.Equal(got, plain) || &got[0] != &plain[0] {
		t.Errorf("got %q", got)
	}
	for _, tt := range []struct{ key, value, want string }{
		{"com.example/db-password", "hunter2", Mask},
		{"API_KEY", "abc", Mask},
		{"org.example.token", "abc", Mask},
		{"backend", "postgres://u:hunter2@db/x", "postgres://u:" + Mask + "@db/x"},
	} {
		pairs := []string{"a", "b", tt.key, tt.value}
		given := slices.Clone(pairs)
		if got := Labels(pairs); !slices.Equal(got, []string{"a", "b", tt.key, tt.want}) {
			t.Errorf("got %q", got)
		}
		if !slices.Equal(pairs, given) {
			t.Error("the list was changed")
		}
	}
}
