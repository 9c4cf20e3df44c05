package bus

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
)

func TestExpand(t *testing.T) {
	text := bytes.Repeat([]byte("weir "), 1000)
	bomb := s2.Encode(nil, make([]byte, maxPayload+1))
	for _, c := range []struct {
		name, encoding string
		data           []byte
		want           []byte
		err            string
	}{
		{"plain", "", text, text, ""},
		{"identity", "identity", text, text, ""},
		{"s2", "s2", s2.Encode(nil, text), text, ""},
		{"s2 of nothing", "s2", s2.Encode(nil, nil), []byte{}, ""},
		{"unknown", "gzip", text, nil, `unknown content encoding "gzip"`},
		{"not s2", "s2", []byte("\xff\xff\xff\xff\xff\xff"), nil, "read s2 payload"},
		{"cut", "s2", s2.Encode(nil, text)[:20], nil, "read s2 payload"},
		{"bomb", "s2", bomb, nil, "more than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := expand(c.encoding, c.data)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("error is %v, want one with %q", err, c.err)
				}
				return
			}
			if err != nil || !bytes.Equal(got, c.want) {
				t.Errorf("got %d bytes, %v", len(got), err)
			}
		})
	}
}

// Whatever is published is received, and what cannot be compressed is left.
func TestEncode(t *testing.T) {
	random := make([]byte, 4096)
	rng := rand.NewChaCha8([32]byte{1})
	_, _ = rng.Read(random)
	var c Conn
	for _, tc := range []struct {
		name   string
		data   []byte
		packed bool
	}{
		{"empty", nil, false},
		{"small", bytes.Repeat([]byte("a"), minCompressed-1), false},
		{"large", bytes.Repeat([]byte("a"), minCompressed), true},
		{"incompressible", random, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := Message{Subject: "a", ID: "1", Data: tc.data, ContentType: "x/y", Header: map[string]string{"Weir-Node": "n"}}
			out, buffer, err := c.encode(&m)
			if err != nil {
				t.Fatal(err)
			}
			defer c.release(buffer)
			encoding := out.Header.Get(headerEncoding)
			if (encoding != "") != tc.packed {
				t.Errorf("content encoding is %q", encoding)
			}
			if back, err := expand(encoding, out.Data); err != nil || !bytes.Equal(back, tc.data) {
				t.Errorf("payload came back as %d bytes, %v", len(back), err)
			}
			if out.Header.Get("Weir-Node") != "n" || out.Header.Get(headerType) != "x/y" {
				t.Errorf("headers are %v", out.Header)
			}
		})
	}
}

// No payload makes a reader fail other than by an error, nor allocate more
// than the limit.
func FuzzExpand(f *testing.F) {
	f.Add("s2", s2.Encode(nil, bytes.Repeat([]byte("abc"), 500)))
	f.Add("s2", []byte{0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Add("", []byte("x"))
	f.Fuzz(func(t *testing.T, encoding string, data []byte) {
		out, err := expand(encoding, data)
		if err != nil {
			return
		}
		if len(out) > max(maxPayload, len(data)) {
			t.Fatalf("%d bytes became %d", len(data), len(out))
		}
		if encoding != encodingS2 {
			return
		}
		if again, err := expand(encodingS2, s2.Encode(nil, out)); err != nil || !bytes.Equal(again, out) {
			t.Fatalf("payload does not survive another turn: %v", err)
		}
	})
}
