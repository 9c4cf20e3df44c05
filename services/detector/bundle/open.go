package bundle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"time"

	opa "github.com/open-policy-agent/opa/v1/bundle"
	"golang.org/x/tools/txtar"
)

// Trust says which bundles are opened.
type Trust struct {
	// Keys are those that may have signed; one of them must have.
	Keys []Key
	// AllowUnsigned opens bundles without a signature too, and, where there are
	// no Keys, those whose signature cannot be verified.
	AllowUnsigned bool
}

// Open unpacks a bundle and verifies its signature: each of its files must be
// as it was when it was signed, none may be missing and none may be added. The
// error wraps one of ErrFormat, ErrTooLarge, ErrUnsigned and ErrSignature.
func Open(data []byte, t Trust) (*Bundle, error) {
	files, err := unpack(data)
	if err != nil {
		return nil, err
	}
	signatures, signed := files[signaturesFile]
	delete(files, signaturesFile)
	var b Bundle
	switch {
	case signed && len(t.Keys) == 0 && !t.AllowUnsigned:
		return nil, fmt.Errorf("%w that could be verified: no key is known, name it with --bundle-key", ErrSignature)
	case signed:
		if b.KeyID, b.Signed, err = t.verify(signatures, files); err != nil {
			return nil, err
		}
	case !signed && !t.AllowUnsigned:
		return nil, fmt.Errorf("%w: sign it with --signing-key, or start the detector with --allow-unsigned-bundles", ErrUnsigned)
	}
	if err := b.describe(files[manifestFile]); err != nil {
		return nil, err
	}
	if b.Files, b.Count, err = content(files); err != nil {
		return nil, err
	}
	return &b, nil
}

// describe reads the manifest. It may be missing: OPA does not need one.
func (b *Bundle) describe(text []byte) error {
	if text == nil {
		return nil
	}
	var manifest opa.Manifest
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&manifest); err != nil {
		return fmt.Errorf("%w: the manifest cannot be read: %w", ErrFormat, err)
	}
	b.Label = manifest.Revision
	b.Name, _ = manifest.Metadata[metaName].(string)
	b.Author, _ = manifest.Metadata[metaAuthor].(string)
	created, _ := manifest.Metadata[metaCreated].(string)
	// What cannot be read stays zero: it is only shown.
	b.Created, _ = time.Parse(time.RFC3339, created)
	return nil
}

// content returns the files that signatures are loaded from.
func content(files archive) (fs.FS, int, error) {
	var list txtar.Archive
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if base := path.Base(name); path.Ext(base) == ".rego" || base == "tests.yaml" {
			list.Files = append(list.Files, txtar.File{Name: name, Data: files[name]})
		}
	}
	if len(list.Files) == 0 {
		return nil, 0, fmt.Errorf("%w: there is no .rego file in it", ErrFormat)
	}
	fsys, err := txtar.FS(&list)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return fsys, len(list.Files), nil
}
