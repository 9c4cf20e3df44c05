package bundle

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// A key that cannot be what it is given for is refused with what to do.
func TestKeysThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	private, public := keyFiles(t, "p256")
	edPrivate, edPublic := keyFiles(t, "ed25519")
	oddPrivate, oddPublic := keyFiles(t, "p224")
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	weakPrivate := writeFile(t, filepath.Join(dir, "weak"), pem.EncodeToMemory(&pem.Block{
		Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(weak),
	}))
	weakPublic := writeFile(t, filepath.Join(dir, "weak.pub"), pem.EncodeToMemory(&pem.Block{
		Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&weak.PublicKey),
	}))
	odd := func(kind string) string {
		return writeFile(t, filepath.Join(dir, strings.ReplaceAll(kind, " ", "-")), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: []byte("x")}))
	}
	short := writeFile(t, filepath.Join(dir, "short"), []byte("short"))
	tests := []struct{ name, file, algorithm, want string }{
		{"missing", dir + "/none", "", "none: no such file"},
		{"no PEM", short, "", "--algorithm HS256"},
		{"a short secret", short, "HS256", "a shared secret of 5 bytes, it needs 32"},
		{"a private key for a secret", private, "HS256", "no shared secret"},
		{"a public key", public, "", "a PUBLIC KEY is no private key"},
		{"encrypted", odd("ENCRYPTED PRIVATE KEY"), "", "decrypt it first"},
		{"noise", odd("EC PRIVATE KEY"), "", "read the EC PRIVATE KEY"},
		{"an algorithm of others", private, "RS256", `the algorithm "RS256" does not go with it: use ES256`},
		{"Ed25519", edPrivate, "", "cannot be used"},
		{"an odd curve", oddPrivate, "", "a curve of 224 bits"},
		{"a weak key", weakPrivate, "", "an RSA key of 1024 bits"},
	}
	for _, test := range tests {
		t.Run("signing "+test.name, func(t *testing.T) {
			if _, err := NewSigner(test.file, "", test.algorithm); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
	for _, test := range []struct{ name, file, want string }{
		{"missing", dir + "/none", "none: no such file"},
		{"no PEM", short, "a shared secret is named hmac:FILE"},
		{"a short secret", "hmac:" + short, "a shared secret of 5 bytes"},
		{"a public key for a secret", "hmac:" + public, `a PUBLIC KEY and no shared secret: leave "hmac:" out`},
		{"a private key", private, "this is a private key"},
		{"something else", odd("X509 CRL"), "a X509 CRL is no public key"},
		{"noise", odd("PUBLIC KEY"), "read the PUBLIC KEY"},
		{"a bad certificate", odd("CERTIFICATE"), "read the CERTIFICATE"},
		{"Ed25519", edPublic, "cannot be used"},
		{"an odd curve", oddPublic, "a curve of 224 bits"},
		{"a weak key", weakPublic, "an RSA key of 1024 bits"},
	} {
		t.Run("verifying "+test.name, func(t *testing.T) {
			if _, err := ReadKeys([]string{test.file}); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestFlags(t *testing.T) {
	_, public := keyFiles(t, "p256")
	_, secret := keyFiles(t, "secret")
	var f Flags
	set := pflag.NewFlagSet("x", pflag.ContinueOnError)
	f.Register(set)
	if err := set.Parse([]string{"--bundle-key", public, "--bundle-key=" + secret, "--allow-unsigned-bundles"}); err != nil {
		t.Fatal(err)
	}
	trust, err := f.Trust()
	if err != nil || len(trust.Keys) != 2 || !trust.AllowUnsigned {
		t.Errorf("trust %+v: %v", trust, err)
	}
	f.KeyFiles = append(f.KeyFiles, "none")
	if _, err := f.Trust(); err == nil {
		t.Error("a missing file is no error")
	}
}
