package bundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"
)

// created is when the bundles of tests are packed.
func created() time.Time { return time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC) }

// signatures is a directory with both dialects, a library, tests, and files
// that do not belong into a bundle.
func signatures() fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range map[string]string{
		"a/one.rego":        "package one\nimport rego.v1\ntracee_match if true\n",
		"a/tests.yaml":      "signature: one\ncases: []\n",
		"old[0].rego":       "package old\ntracee_match { true }\n",
		"lib.rego":          "package lib\nx := 1\n",
		"a/one_test.rego":   "package one\n",
		"README.md":         "no",
		".git/hidden.rego":  "package no\n",
		"off.rego.disabled": "package no\n",
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return fsys
}

// keyFiles writes a pair of keys, or a shared secret, and returns what the
// flags --signing-key and --bundle-key take.
func keyFiles(t testing.TB, kind string) (private, public string) {
	t.Helper()
	dir := t.TempDir()
	var key crypto.Signer
	var err error
	switch kind {
	case "rsa":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case "p256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "p384":
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "p521":
		key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "p224":
		key, err = ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	case "ed25519":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case "secret":
		file := filepath.Join(dir, "secret")
		return file, secretPrefix + writeFile(t, file, bytes.Repeat([]byte("s"), 300))
	}
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	open, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return writeFile(t, filepath.Join(dir, "private.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})),
		writeFile(t, filepath.Join(dir, "public.pem"), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: open}))
}

func writeFile(t testing.TB, name string, text []byte) string {
	t.Helper()
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// pair is a signer with a Trust in it.
func pair(t testing.TB, kind, algorithm string) (*Signer, Trust) {
	t.Helper()
	private, public := keyFiles(t, kind)
	signer, err := NewSigner(private, "key-1", algorithm)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ReadKeys([]string{public})
	if err != nil {
		t.Fatal(err)
	}
	return signer, Trust{Keys: keys}
}

// packedBy is a bundle of the signatures.
func packedBy(t testing.TB, signer *Signer) []byte {
	t.Helper()
	data, err := Pack(signatures(), Packing{Name: "corp", Author: "me", Created: created(), Signer: signer})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// entry is one entry of an archive.
type entry struct {
	header tar.Header
	text   []byte
}

// tarball makes an archive of any entries.
func tarball(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	writer := tar.NewWriter(zipped)
	for _, e := range entries {
		if e.header.Typeflag == 0 {
			e.header.Typeflag = tar.TypeReg
		}
		if e.header.Size == 0 {
			e.header.Size = int64(len(e.text))
		}
		if err := writer.WriteHeader(&e.header); err != nil {
			t.Fatal(err)
		}
		if _, err := writer.Write(e.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// changed packs a bundle again after its files were changed.
func changed(t testing.TB, data []byte, change func(files archive)) []byte {
	t.Helper()
	files, err := unpack(data)
	if err != nil {
		t.Fatal(err)
	}
	change(files)
	again, err := files.pack(created())
	if err != nil {
		t.Fatal(err)
	}
	return again
}
