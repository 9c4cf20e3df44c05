package bundle

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	opa "github.com/open-policy-agent/opa/v1/bundle"
)

// ownKey is what OPA is told that the key is called: which key is tried is
// decided here, not by what the signature says.
const ownKey = "key"

// header is what the signature says of itself, before it is trusted.
type header struct {
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
}

// verify checks the signature and each file against it, where there are keys to
// check with, and returns what the signature calls its key.
func (t Trust) verify(signatures []byte, files archive) (keyID string, verified bool, err error) {
	var config opa.SignaturesConfig
	if err := json.Unmarshal(signatures, &config); err != nil {
		return "", false, fmt.Errorf("%w: %s cannot be read: %w", ErrSignature, signaturesFile, err)
	}
	h, err := headerOf(config)
	if err != nil || len(t.Keys) == 0 {
		return h.KeyID, false, err
	}
	// Whatever verifier it asks for, it gets the one that is trusted.
	config.Plugin = ""
	signed, err := t.try(config, h)
	if err != nil {
		return "", false, err
	}
	return h.KeyID, true, compare(files, signed)
}

// compare holds each file against what was signed.
func compare(files archive, signed map[string]opa.FileInfo) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		// A good file is struck off the list of those that were signed.
		if err := opa.VerifyBundleFile(name, *bytes.NewBuffer(files[name]), signed); err != nil {
			return fmt.Errorf("%w: %w", ErrSignature, err)
		}
	}
	if len(signed) > 0 {
		missing := slices.Sorted(maps.Keys(signed))
		return fmt.Errorf("%w: %s is signed and not in it", ErrSignature, missing[0])
	}
	return nil
}

// headerOf reads the header of the only signature.
func headerOf(config opa.SignaturesConfig) (header, error) {
	var h header
	if len(config.Signatures) != 1 {
		return h, fmt.Errorf("%w: there are %d in %s, there must be one", ErrSignature, len(config.Signatures), signaturesFile)
	}
	encoded, _, _ := strings.Cut(config.Signatures[0], ".")
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	if err == nil {
		err = json.Unmarshal(text, &h)
	}
	if err != nil {
		return h, fmt.Errorf("%w: its header cannot be read: %w", ErrSignature, err)
	}
	return h, nil
}

// try verifies the signature with each key that it may have been made with, and
// returns the files that were signed.
func (t Trust) try(config opa.SignaturesConfig, h header) (map[string]opa.FileInfo, error) {
	err := errors.New("no key that is known goes with this algorithm")
	for _, k := range t.Keys {
		if !slices.Contains(k.algorithms, h.Algorithm) {
			continue
		}
		keys := map[string]*opa.KeyConfig{ownKey: {Key: k.text, Algorithm: h.Algorithm}}
		var signed map[string]opa.FileInfo
		signed, err = opa.VerifyBundleSignature(config, opa.NewVerificationConfig(keys, ownKey, "", nil))
		if err == nil {
			return signed, nil
		}
	}
	return nil, fmt.Errorf("%w: made by %.16q with the key %.60q: %w", ErrSignature, h.Algorithm, h.KeyID, err)
}
