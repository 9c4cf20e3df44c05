package spool

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Whatever is in a segment: nothing breaks, every entry that is returned whole
// was one, and all comes to an end. It is not torn twice.
func FuzzSegment(f *testing.F) {
	good := appendFrame(nil, 0, 3, []byte("facts"), []byte{0})
	good = appendFrame(good, 3, 4, []byte("more"), []byte{5, 16, 'h', 'e', 'l', 'l', 'o'})
	f.Add(good)
	f.Add(good[:len(good)-3])
	f.Add(append([]byte("WSP1 is not a head"), good...))
	f.Add(bytes.Repeat([]byte("WSP1"), 40))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "0000000000000003"+suffix), content, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(Config{Dir: dir, Bytes: small, Reserve: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for n := 0; ; n++ {
			e, err := s.Next(ctx)
			if errors.Is(err, context.Canceled) {
				break
			}
			if err != nil || n > len(content)+1 {
				t.Fatalf("entry %d: %v", n, err)
			}
			if e.Damage == nil && !bytes.Contains(content, e.Facts) {
				t.Fatalf("facts %q come from nowhere", e.Facts)
			}
			if (e.Damage == nil) != (e.Data != nil) {
				t.Fatalf("entry %+v", e)
			}
			if err := s.Commit(); err != nil {
				t.Fatal(err)
			}
		}
		if !s.Empty() {
			t.Error("not empty")
		}
	})
}

func FuzzPosition(f *testing.F) {
	f.Add(position{7, 4096, 99}.marshal())
	f.Add([]byte("nonsense"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parsePosition(b)
		if err == nil && !bytes.Equal(p.marshal(), b) {
			t.Errorf("%x is read as %+v", b, p)
		}
	})
}
