package bucket

import (
	"strings"
	"testing"
)

func TestParseSpec(t *testing.T) {
	for text, want := range map[string]Spec{
		"kv://allowed":                      {"allowed", "kv", "allowed", DefaultMaxBytes},
		"kv://allowed/":                     {"allowed", "kv", "allowed", DefaultMaxBytes},
		"kv://a_b-C?namespace=mine&id=list": {"a_b-C", "mine", "list", DefaultMaxBytes},
		"kv://a?max-bytes=1MiB":             {"a", "kv", "a", 1 << 20},
	} {
		if got, err := ParseSpec(text); got != want || err != nil {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"": "want kv://BUCKET", "allowed": "want kv://BUCKET", "file:///etc/passwd": "want kv://BUCKET", "kv:allowed": "want kv://BUCKET",
		"kv://": "bucket \"\"", "kv://weir_state": "is Weir's own", "kv://a b": "want kv://BUCKET", "kv://a.b": "letters, digits",
		"kv://a/b": "only the bucket's name", "kv://u@a": "only the bucket's name", "kv://a#b": "only the bucket's name",
		"kv://a?ttl=1h": `"ttl" is not known`, "kv://a?id=": "id must be given once", "kv://a?id=b&id=c": "id must be given once",
		"kv://a?max-bytes=1": "want a size from 64 KiB to 4.0 GiB", "kv://a?max-bytes=lots": "want a size", "kv://a?id=%zz": "invalid URL escape",
	} {
		if _, err := ParseSpec(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func FuzzParseSpec(f *testing.F) {
	f.Add("kv://allowed?namespace=mine&id=list&max-bytes=1MiB")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSpec(text)
		if err == nil && (s.Bucket == "" || s.Namespace == "" || s.ID == "" || s.MaxBytes < minMaxBytes) {
			t.Fatalf("%q: %+v", text, s)
		}
	})
}
