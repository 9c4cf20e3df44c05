package bundle

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
)

// minSecret is the shortest shared secret, in bytes: one of HS256 must not be
// shorter than its hash.
const minSecret = 32

// secretPrefix marks a file with a shared secret. It must be said, because a
// public key that is taken for a secret would let everybody sign.
const secretPrefix = "hmac:"

// Key is what signatures of bundles are verified with.
type Key struct {
	// text is the key as OPA takes it, algorithms what may have been signed
	// with it.
	text       string
	algorithms []string
}

// ReadKey reads a public key or a certificate in PEM form, or, where the name
// of the file has "hmac:" before it, a shared secret.
func ReadKey(file string) (Key, error) {
	name, secret := strings.CutPrefix(file, secretPrefix)
	text, err := os.ReadFile(name)
	if err != nil {
		return Key{}, fmt.Errorf("bundle key: %w", err)
	}
	k := Key{text: string(text)}
	if secret {
		k.algorithms, err = secretAlgorithms(text)
	} else {
		k.algorithms, err = publicAlgorithms(text)
	}
	if err != nil {
		return Key{}, fmt.Errorf("bundle key %s: %w", name, err)
	}
	return k, nil
}

// ReadKeys reads several keys.
func ReadKeys(files []string) ([]Key, error) {
	var keys []Key
	for _, file := range files {
		k, err := ReadKey(file)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// secretAlgorithms are those of a shared secret.
func secretAlgorithms(text []byte) ([]string, error) {
	if block, _ := pem.Decode(text); block != nil {
		return nil, fmt.Errorf("this is a %s and no shared secret: leave %q out", block.Type, secretPrefix)
	}
	if len(text) < minSecret {
		return nil, fmt.Errorf("a shared secret of %d bytes, it needs %d at least", len(text), minSecret)
	}
	return []string{"HS256", "HS384", "HS512"}, nil
}

// publicAlgorithms are those that a public key verifies.
func publicAlgorithms(text []byte) ([]string, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("no key in PEM form (a shared secret is named %sFILE)", secretPrefix)
	}
	var public any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		public, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var certificate *x509.Certificate
		if certificate, err = x509.ParseCertificate(block.Bytes); err == nil {
			public = certificate.PublicKey
		}
	default:
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			return nil, errors.New("this is a private key: keep it where bundles are signed, and give detectors the public one")
		}
		return nil, fmt.Errorf("a %s is no public key", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("read the %s: %w", block.Type, err)
	}
	return algorithmsOf(public)
}

// algorithmsOf returns the algorithms that go with a public key, the usual one
// first.
func algorithmsOf(public any) ([]string, error) {
	switch key := public.(type) {
	case *rsa.PublicKey:
		const least = 2048
		if bits := key.N.BitLen(); bits < least {
			return nil, fmt.Errorf("an RSA key of %d bits, it needs %d at least", bits, least)
		}
		return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}, nil
	case *ecdsa.PublicKey:
		switch bits := key.Curve.Params().BitSize; bits {
		case 256:
			return []string{"ES256"}, nil
		case 384:
			return []string{"ES384"}, nil
		case 521:
			return []string{"ES512"}, nil
		default:
			return nil, fmt.Errorf("no algorithm for a curve of %d bits", bits)
		}
	default:
		return nil, fmt.Errorf("a %T cannot be used: OPA signs with RSA, ECDSA or a shared secret", public)
	}
}
