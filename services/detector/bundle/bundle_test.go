package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	opa "github.com/open-policy-agent/opa/v1/bundle"
)

// What was packed and signed comes out again, whatever it was signed with.
func TestPackAndOpen(t *testing.T) {
	for _, c := range []struct{ kind, algorithm, want string }{
		{"rsa", "", "RS256"},
		{"rsa", "PS384", "PS384"},
		{"p256", "", "ES256"},
		{"p384", "", "ES384"},
		{"p521", "", "ES512"},
		{"secret", "HS256", "HS256"},
	} {
		t.Run(c.want, func(t *testing.T) {
			signer, trust := pair(t, c.kind, c.algorithm)
			if signer.Algorithm() != c.want {
				t.Errorf("signed with %s", signer.Algorithm())
			}
			b, err := Open(packedBy(t, signer), trust)
			if err != nil {
				t.Fatal(err)
			}
			if b.Name != "corp" || b.Author != "me" || !b.Created.Equal(created()) || !b.Signed || b.KeyID != "key-1" ||
				len(b.Label) != 16 || b.Count != 5 {
				t.Errorf("bundle %+v", b)
			}
			checkFiles(t, b.Files)
		})
	}
}

// checkFiles wants the files that belong into the bundle, as they were.
func checkFiles(t *testing.T, fsys fs.FS) {
	t.Helper()
	want := []string{"a/one.rego", "a/one_test.rego", "a/tests.yaml", "lib.rego", "old[0].rego"}
	if err := fstest.TestFS(fsys, want...); err != nil {
		t.Error(err)
	}
	for _, name := range want {
		text, err := fs.ReadFile(fsys, name)
		if err != nil || string(text) != string(signatures()[name].Data) {
			t.Errorf("%s is %q: %v", name, text, err)
		}
	}
}

// The same content has the same label, whoever packs it and whenever; the same
// packing gives the same bytes.
func TestLabels(t *testing.T) {
	one := packedBy(t, nil)
	if !bytes.Equal(one, packedBy(t, nil)) {
		t.Error("packing again gives other bytes")
	}
	label := func(fsys fs.FS, p Packing) string {
		data, err := Pack(fsys, p)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Open(data, Trust{AllowUnsigned: true})
		if err != nil {
			t.Fatal(err)
		}
		return b.Label
	}
	first := label(signatures(), Packing{Name: "a"})
	if other := label(signatures(), Packing{Name: "b", Author: "you", Created: created()}); other != first {
		t.Errorf("labels %s and %s", first, other)
	}
	more := signatures()
	more["lib.rego"] = &fstest.MapFile{Data: []byte("package lib\nx := 2\n")}
	if other := label(more, Packing{Name: "a"}); other == first {
		t.Error("another content has the same label")
	}
}

// OPA's own reader verifies our bundles, with v0 and v1 files in them.
func TestOPAReadsOurs(t *testing.T) {
	private, public := keyFiles(t, "p256")
	signer, err := NewSigner(private, "key-1", "")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(public)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]*opa.KeyConfig{"key-1": {Key: string(text), Algorithm: "ES256"}}
	read, err := opa.NewReader(bytes.NewReader(packedBy(t, signer))).
		WithBundleVerificationConfig(opa.NewVerificationConfig(keys, "", "", nil)).Read()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range read.Modules {
		names = append(names, m.Path)
	}
	slices.Sort(names)
	if want := []string{"/a/one.rego", "/a/one_test.rego", "/lib.rego", "/old[0].rego"}; !slices.Equal(names, want) {
		t.Errorf("OPA reads %q, want %q", names, want)
	}
}

// We read what OPA's own writer makes and signs.
func TestWeReadOPAs(t *testing.T) {
	private, public := keyFiles(t, "rsa")
	module := opa.ModuleFile{URL: "/x/a.rego", Path: "/x/a.rego", Raw: []byte("package a\n")}
	made := opa.Bundle{Modules: []opa.ModuleFile{module}, Data: map[string]any{"n": 1}}
	made.Manifest.Init()
	made.Manifest.Revision = "r1"
	if err := made.GenerateSignature(opa.NewSigningConfig(private, "RS256", ""), "theirs", true); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := opa.NewWriter(&out).UseModulePath(true).DisableFormat(true).Write(made); err != nil {
		t.Fatal(err)
	}
	keys, err := ReadKeys([]string{public})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Open(out.Bytes(), Trust{Keys: keys})
	if err != nil || b.Label != "r1" || b.KeyID != "theirs" || b.Count != 1 || !b.Signed || b.Name != "" {
		t.Fatalf("bundle %+v: %v", b, err)
	}
}

// Nothing that was changed after the signing is opened.
func TestTampering(t *testing.T) {
	signer, trust := pair(t, "p256", "")
	stranger, _ := pair(t, "p256", "")
	weaker, _ := pair(t, "secret", "HS256")
	good := packedBy(t, signer)
	theirs, err := unpack(packedBy(t, stranger))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		data []byte
		want error
		text string
	}{
		{"a file changed", changed(t, good, func(a archive) { a["lib.rego"] = []byte("package lib\nx := 2\n") }), ErrSignature, "lib.rego: digest mismatch"},
		{"a test changed", changed(t, good, func(a archive) { a["a/tests.yaml"] = []byte("x") }), ErrSignature, "tests.yaml"},
		{"a file added", changed(t, good, func(a archive) { a["z.rego"] = []byte("package z") }), ErrSignature, "z.rego not included"},
		{"a file removed", changed(t, good, func(a archive) { delete(a, "lib.rego") }), ErrSignature, "lib.rego is signed and not in it"},
		{"the manifest changed", changed(t, good, func(a archive) { a[manifestFile] = []byte(`{"revision":"x"}`) }), ErrSignature, ".manifest"},
		{"the manifest removed", changed(t, good, func(a archive) { delete(a, manifestFile) }), ErrSignature, ".manifest"},
		{"the signature removed", changed(t, good, func(a archive) { delete(a, signaturesFile) }), ErrUnsigned, "--signing-key"},
		{"the signature of another", changed(t, good, func(a archive) { a[signaturesFile] = theirs[signaturesFile] }), ErrSignature, `key "key-1"`},
		{"signed by another", packedBy(t, stranger), ErrSignature, "failed to verify"},
		{"another algorithm", packedBy(t, weaker), ErrSignature, "no key that is known goes with this algorithm"},
		{"no algorithm", changed(t, good, func(a archive) {
			// {"alg":"none"} and the files as they are.
			a[signaturesFile] = []byte(`{"signatures":["eyJhbGciOiJub25lIn0.e30."]}`)
		}), ErrSignature, `"none"`},
		{"two signatures", changed(t, good, func(a archive) { a[signaturesFile] = []byte(`{"signatures":["a","b"]}`) }), ErrSignature, "there are 2"},
		{"no signature in it", changed(t, good, func(a archive) { a[signaturesFile] = []byte(`{}`) }), ErrSignature, "there are 0"},
		{"noise for a signature", changed(t, good, func(a archive) { a[signaturesFile] = []byte(`x`) }), ErrSignature, "cannot be read"},
		{"noise for a token", changed(t, good, func(a archive) { a[signaturesFile] = []byte(`{"signatures":["%"]}`) }), ErrSignature, "header"},
		{"another verifier", changed(t, good, func(a archive) {
			a[signaturesFile] = bytes.Replace(theirs[signaturesFile], []byte("{"), []byte(`{"plugin":"mine",`), 1)
		}), ErrSignature, "failed to verify"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b, err := Open(test.data, trust)
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) || b != nil {
				t.Errorf("error %v, want %v with %q", err, test.want, test.text)
			}
		})
	}
}

// Which bundles are opened depends on what is trusted.
func TestTrust(t *testing.T) {
	signer, trust := pair(t, "p256", "")
	_, other := pair(t, "rsa", "")
	_, third := pair(t, "p256", "")
	signed, unsigned := packedBy(t, signer), packedBy(t, nil)
	several := Trust{Keys: slices.Concat(other.Keys, third.Keys, trust.Keys)}
	tests := []struct {
		name   string
		data   []byte
		trust  Trust
		want   error
		signed bool
	}{
		{"nothing, unsigned", unsigned, Trust{}, ErrUnsigned, false},
		{"nothing, signed", signed, Trust{}, ErrSignature, false},
		{"a key, unsigned", unsigned, trust, ErrUnsigned, false},
		{"one of several keys", signed, several, nil, true},
		{"another key", signed, other, ErrSignature, false},
		{"unsigned ones", unsigned, Trust{AllowUnsigned: true}, nil, false},
		{"unsigned ones, signed", signed, Trust{AllowUnsigned: true}, nil, false},
		{"unsigned ones and another key, signed", signed, Trust{Keys: other.Keys, AllowUnsigned: true}, ErrSignature, false},
		{"unsigned ones and a key, unsigned", unsigned, Trust{Keys: trust.Keys, AllowUnsigned: true}, nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b, err := Open(test.data, test.trust)
			if !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
			if err == nil && b.Signed != test.signed {
				t.Errorf("signed is %v", b.Signed)
			}
		})
	}
}

func TestPackErrors(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text), Mode: 0o644} }
	many := fstest.MapFS{}
	for i := range MaxFiles + 1 {
		many[fmt.Sprintf("%d.rego", i)] = file("package a")
	}
	big := fstest.MapFS{}
	for i := range MaxUnpacked/MaxFile + 1 {
		big[fmt.Sprintf("%d.rego", i)] = file(strings.Repeat("#", MaxFile))
	}
	for want, fsys := range map[string]fs.FS{
		"there is no .rego file":    fstest.MapFS{"a.txt": file("x")},
		"no such file":              os.DirFS(t.TempDir() + "/none"),
		"a.rego has 1048577 bytes":  fstest.MapFS{"a.rego": file(strings.Repeat("#", MaxFile+1))},
		"it may have 4096 files":    many,
		"4096 files and 16 MiB":     big,
		"a.rego is not a regular":   fstest.MapFS{"a.rego": &fstest.MapFile{Mode: fs.ModeNamedPipe}},
		"a path may have 512 bytes": fstest.MapFS{strings.Repeat("d", 513) + ".rego": file("package a")},
	} {
		if _, err := Pack(fsys, Packing{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestNames(t *testing.T) {
	for name, valid := range map[string]bool{
		"corp": true, "a": true, "0-a_b": true, strings.Repeat("a", 64): true,
		"": false, "-a": false, "_a": false, "A": false, "a.b": false, "a b": false, "ä": false, "*": false, strings.Repeat("a", 65): false,
	} {
		if err := ValidName(name); (err == nil) != valid {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestReasons(t *testing.T) {
	for want, err := range map[string]error{
		"format": ErrFormat, "size": ErrTooLarge, "unsigned": ErrUnsigned, "signature": ErrSignature, "check": ErrCheck,
		"other": errors.New("x"),
	} {
		if got := Reason(fmt.Errorf("more: %w", err)); got != want {
			t.Errorf("%v is %q", err, got)
		}
	}
}

// A key that openssl makes works, as the guide says.
func TestKeysOfOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("there is no openssl")
	}
	dir := t.TempDir()
	for _, args := range [][]string{
		{"ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", dir + "/ec.pem"},
		{"ec", "-in", dir + "/ec.pem", "-pubout", "-out", dir + "/ec.pub"},
		{"genrsa", "-out", dir + "/rsa.pem", "2048"},
		{"rsa", "-in", dir + "/rsa.pem", "-pubout", "-out", dir + "/rsa.pub"},
		{"req", "-x509", "-new", "-key", dir + "/ec.pem", "-subj", "/CN=x", "-out", dir + "/ec.crt"},
	} {
		if out, err := exec.CommandContext(t.Context(), "openssl", args...).CombinedOutput(); err != nil {
			t.Fatalf("openssl %s: %v\n%s", args, err, out)
		}
	}
	for private, public := range map[string]string{"ec.pem": "ec.pub", "rsa.pem": "rsa.pub"} {
		signer, err := NewSigner(dir+"/"+private, "k", "")
		if err != nil {
			t.Fatal(err)
		}
		keys, err := ReadKeys([]string{dir + "/" + public})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(packedBy(t, signer), Trust{Keys: keys}); err != nil {
			t.Errorf("%s: %v", private, err)
		}
	}
	signer, err := NewSigner(dir+"/ec.pem", "k", "")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ReadKeys([]string{dir + "/ec.crt"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(packedBy(t, signer), Trust{Keys: keys}); err != nil {
		t.Errorf("a certificate: %v", err)
	}
}
