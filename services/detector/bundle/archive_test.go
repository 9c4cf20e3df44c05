package bundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"testing"
)

// Archives that want to be more than they may are refused before they are.
func TestArchivesThatAreRefused(t *testing.T) {
	named := func(name string, text string) entry { return entry{tar.Header{Name: name}, []byte(text)} }
	var many []entry
	for i := range MaxFiles + 1 {
		many = append(many, named(fmt.Sprintf("%d.rego", i), "x"))
	}
	var large []entry
	for i := range MaxUnpacked/MaxFile + 1 {
		large = append(large, named(fmt.Sprintf("%d.rego", i), strings.Repeat("#", MaxFile)))
	}
	var zeros bytes.Buffer
	zipped := gzip.NewWriter(&zeros)
	for range 64 {
		if _, err := zipped.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		data []byte
		want error
		text string
	}{
		{"nothing", nil, ErrFormat, "gzipped"},
		{"noise", []byte("noise"), ErrFormat, "gzipped"},
		{"zeros", zeros.Bytes(), ErrFormat, "no .rego file"},
		{"too many files", tarball(t, many...), ErrTooLarge, "more than 4096 files"},
		{"too large a file", tarball(t, named("a.rego", strings.Repeat("#", MaxFile+1))), ErrTooLarge, "1048577 bytes"},
		{"too large together", tarball(t, large...), ErrTooLarge, "more than 16 MiB"},
		{"too long a name", tarball(t, named(strings.Repeat("a/", 300)+"a.rego", "x")), ErrTooLarge, "a path of"},
		{"outside", tarball(t, named("../a.rego", "x")), ErrFormat, "no path"},
		{"outside deep down", tarball(t, named("a/../../b.rego", "x")), ErrFormat, "no path"},
		{"twice the root", tarball(t, named("//a.rego", "x")), ErrFormat, "no path"},
		{"no name", tarball(t, named(".", "")), ErrFormat, "no path"},
		{"of Windows", tarball(t, named(`a\b.rego`, "x")), ErrFormat, "no path"},
		{"a link", tarball(t, entry{tar.Header{Name: "a.rego", Typeflag: tar.TypeSymlink, Linkname: "/etc/shadow"}, nil}), ErrFormat, "neither"},
		{"a device", tarball(t, entry{tar.Header{Name: "a.rego", Typeflag: tar.TypeChar}, nil}), ErrFormat, "neither"},
		{"twice", tarball(t, named("a.rego", "x"), named("/a.rego", "y")), ErrFormat, "twice"},
		{"a file and a directory", tarball(t, named("a", "x"), named("a/b.rego", "y")), ErrFormat, "a file and a directory"},
		{"a directory and a file", tarball(t, named("a.rego/b.rego", "x"), named("a.rego", "y")), ErrFormat, "a.rego"},
		{"no signature", tarball(t, named("a.txt", "x")), ErrFormat, "no .rego file"},
		{"cut", tarball(t, named("a.rego", strings.Repeat("x", 5000)))[:40], ErrFormat, "cannot be read"},
		{"a bad manifest", tarball(t, named("a.rego", "x"), named(".manifest", "[")), ErrFormat, "manifest"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b, err := Open(test.data, Trust{AllowUnsigned: true})
			if !errors.Is(err, test.want) || err != nil && !strings.Contains(err.Error(), test.text) || b != nil {
				t.Errorf("error %v, want %v with %q", err, test.want, test.text)
			}
		})
	}
}

// A bomb costs no more memory than the largest bundle.
func TestBombs(t *testing.T) {
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	writer := tar.NewWriter(zipped)
	// Headers of directories are skipped, so that only their number is large.
	for i := range 60_000 {
		if err := writer.WriteHeader(&tar.Header{Name: fmt.Sprintf("%d/", i), Typeflag: tar.TypeDir}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(writer.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Open(out.Bytes(), Trust{AllowUnsigned: true})
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("error %v", err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 256<<20 {
		t.Errorf("%d MiB were used", used>>20)
	}
}

// FuzzOpen looks for bundles that break the reader, or get through it unsigned
// or too large.
func FuzzOpen(f *testing.F) {
	signer, trust := pair(f, "p256", "")
	signed := packedBy(f, signer)
	f.Add(signed)
	f.Add(packedBy(f, nil))
	f.Add(tarball(f, entry{tar.Header{Name: ".manifest"}, []byte("{}")}, entry{tar.Header{Name: "a.rego"}, []byte("package a")}))
	f.Add(tarball(f, entry{tar.Header{Name: signaturesFile}, []byte(`{"signatures":["e30.e30.e30"]}`)}))
	f.Add([]byte("\x1f\x8b\x08"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if b, err := Open(data, trust); err == nil && !bytes.Equal(data, signed) && b.Label == "" {
			t.Errorf("a bundle that nobody signed is opened: %+v", b)
		}
		b, err := Open(data, Trust{AllowUnsigned: true})
		if err != nil {
			if Reason(err) == "other" {
				t.Errorf("an error without a reason: %v", err)
			}
			return
		}
		total, count := 0, 0
		err = fs.WalkDir(b.Files, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := fs.ReadFile(b.Files, name)
			total, count = total+len(text), count+1
			return err
		})
		if err != nil || total > MaxUnpacked || count != b.Count || count > MaxFiles {
			t.Errorf("%d files of %d, %d bytes: %v", count, b.Count, total, err)
		}
	})
}

// FuzzSignatures looks for signature files that break the verifier, or that it
// takes for good.
func FuzzSignatures(f *testing.F) {
	signer, trust := pair(f, "p256", "")
	files, err := unpack(packedBy(f, signer))
	if err != nil {
		f.Fatal(err)
	}
	good := files[signaturesFile]
	delete(files, signaturesFile)
	f.Add(good)
	f.Add([]byte(`{"signatures":["e30.e30.e30"],"plugin":"x"}`))
	f.Add([]byte(`{"signatures":["eyJhbGciOiJFUzI1NiJ9.e30.AAAA"]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		id, verified, err := trust.verify(text, files)
		if err == nil && (!verified || id != "key-1") {
			t.Errorf("no error and not verified: %q", id)
		}
		if err != nil && !errors.Is(err, ErrSignature) {
			t.Errorf("error %v", err)
		}
		if _, known, err := (Trust{}).verify(text, files); err == nil && known {
			t.Error("verified without a key")
		}
	})
}
