package bundle

import (
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	opa "github.com/open-policy-agent/opa/v1/bundle"
)

// hashing is how files are hashed in signatures.
const hashing = "SHA-256"

// Signer signs bundles with one key.
type Signer struct {
	file, keyID, algorithm string
}

// NewSigner returns what signs with the key in a file: a private key in PEM
// form, or a shared secret. The algorithm may be empty: then it is the usual one
// of the private key. The key's id is only a name for people.
func NewSigner(file, keyID, algorithm string) (*Signer, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	algorithms, err := signingAlgorithms(text, strings.HasPrefix(algorithm, "HS"))
	if err != nil {
		return nil, fmt.Errorf("signing key %s: %w", file, err)
	}
	if algorithm == "" {
		algorithm = algorithms[0]
	}
	if !slices.Contains(algorithms, algorithm) {
		return nil, fmt.Errorf("signing key %s: the algorithm %q does not go with it: use %s",
			file, algorithm, strings.Join(algorithms, ", "))
	}
	return &Signer{file: file, keyID: keyID, algorithm: algorithm}, nil
}

// Algorithm returns what is signed with, such as "RS256".
func (s *Signer) Algorithm() string { return s.algorithm }

// signingAlgorithms are those that a key can sign with.
func signingAlgorithms(text []byte, secret bool) ([]string, error) {
	if secret {
		return secretAlgorithms(text)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("no private key in PEM form (for a shared secret choose --algorithm HS256)")
	}
	var private any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		private, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		private, err = x509.ParseECPrivateKey(block.Bytes)
	case "PRIVATE KEY":
		private, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("the key is encrypted: decrypt it first")
	default:
		return nil, fmt.Errorf("a %s is no private key", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("read the %s: %w", block.Type, err)
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a %T cannot sign", private)
	}
	return algorithmsOf(signer.Public())
}

// sign returns the signature over all files as OPA keeps it.
func (s *Signer) sign(files archive) ([]byte, error) {
	hasher, err := opa.NewSignatureHasher(opa.HashingAlgorithm(hashing))
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	var list []opa.FileInfo
	for _, name := range slices.Sorted(maps.Keys(files)) {
		var value any = files[name]
		if opa.IsStructuredDoc(name) {
			// Of structured files the content is signed, not the layout.
			if err := json.Unmarshal(files[name], &value); err != nil {
				return nil, fmt.Errorf("sign %s: %w", name, err)
			}
		}
		sum, err := hasher.HashFile(value)
		if err != nil {
			return nil, fmt.Errorf("sign %s: %w", name, err)
		}
		list = append(list, opa.NewFile(name, hex.EncodeToString(sum), hashing))
	}
	token, err := opa.GenerateSignedToken(list, opa.NewSigningConfig(s.file, s.algorithm, ""), s.keyID)
	if err != nil {
		return nil, fmt.Errorf("sign with %s: %w", s.file, err)
	}
	return json.Marshal(opa.SignaturesConfig{Signatures: []string{token}})
}
