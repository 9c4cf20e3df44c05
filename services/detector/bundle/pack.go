package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	opa "github.com/open-policy-agent/opa/v1/bundle"

	"github.com/weirsec/weir/services/detector/sigdir"
)

// The files of a bundle that are not the author's.
const (
	manifestFile   = opa.ManifestExt
	signaturesFile = ".signatures.json"
)

// The keys of the manifest's metadata.
const (
	metaName    = "weir_name"
	metaAuthor  = "weir_author"
	metaCreated = "weir_created"
)

// Packing says what a bundle tells of itself and how it is signed.
type Packing struct {
	Name, Author string
	Created      time.Time
	// Signer is nil for a bundle that is not signed.
	Signer *Signer
}

// Pack makes a bundle of the signatures, libraries and tests below a
// directory: files that end in .rego, and tests.yaml. Directories whose names
// begin with a dot are left out, as they are when signatures are loaded.
func Pack(fsys fs.FS, p Packing) ([]byte, error) {
	files, err := collect(fsys)
	if err != nil {
		return nil, err
	}
	manifest := opa.Manifest{
		Revision: label(files), FileRegoVersions: dialects(files),
		Metadata: map[string]any{
			metaName: p.Name, metaAuthor: p.Author, metaCreated: p.Created.UTC().Format(time.RFC3339),
		},
	}
	manifest.SetRegoVersion(ast.RegoV1)
	if files[manifestFile], err = json.Marshal(manifest); err != nil {
		return nil, fmt.Errorf("pack the manifest: %w", err)
	}
	if p.Signer != nil {
		if files[signaturesFile], err = p.Signer.sign(files); err != nil {
			return nil, err
		}
	}
	return files.pack(p.Created)
}

// collect reads the files to pack.
func collect(fsys fs.FS) (archive, error) {
	files := make(archive)
	total := 0
	err := sigdir.Walk(fsys, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() || !strings.HasSuffix(name, ".rego") && entry.Name() != "tests.yaml":
			return nil
		}
		text, err := readFile(fsys, name)
		if err != nil {
			return err
		}
		if total += len(text); total > MaxUnpacked || len(files) >= MaxFiles {
			return fmt.Errorf("%w: it may have %d files and %d MiB", ErrTooLarge, MaxFiles, MaxUnpacked>>20)
		}
		files[name] = text
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	if len(files) == 0 {
		return nil, errors.New("pack: there is no .rego file in the directory")
	}
	return files, nil
}

// readFile reads a plain file within the bounds; a pipe would have no end.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", name)
	case len(name) > maxName:
		return nil, fmt.Errorf("%w: %s: a path may have %d bytes", ErrTooLarge, name, maxName)
	case info.Size() > MaxFile:
		return nil, fmt.Errorf("%w: %s has %d bytes, a file may have %d", ErrTooLarge, name, info.Size(), MaxFile)
	}
	return fs.ReadFile(fsys, name)
}

// label identifies the files by their content: it does not change with the
// time, the author or the key.
func label(files archive) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		for _, part := range []string{name, string(files[name])} {
			// Writing to a hash cannot fail.
			_, _ = fmt.Fprintf(h, "%d:", len(part))
			_, _ = io.WriteString(h, part)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// dialects tells OPA which files are in Rego v0. Its paths are patterns.
func dialects(files archive) map[string]int {
	versions := make(map[string]int)
	for name, text := range files {
		if path.Ext(name) != ".rego" {
			continue
		}
		if _, err := ast.ParseModuleWithOpts(name, string(text), ast.ParserOptions{RegoVersion: ast.RegoV1}); err == nil {
			continue
		}
		if _, err := ast.ParseModuleWithOpts(name, string(text), ast.ParserOptions{RegoVersion: ast.RegoV0}); err == nil {
			versions["/"+quotePattern(name)] = 0
		}
	}
	return versions
}

// quotePattern keeps the special characters of a pattern from being special.
func quotePattern(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `{`, `\{`, `}`, `\}`).Replace(name)
}
